import type { ControllerInfo } from "@antrea/api";
import { controllerApi } from "@antrea/api/local-api";
import { CommandFailure } from "@antrea/command";
import { type AntctlContext, defineCommand, type Wait } from "../context.ts";
import { askController, refuseIn } from "../reach/ask.ts";

export const getControllerInfo = defineCommand({
  name: "get controllerinfo",
  aliases: ["get controllerinfos", "get ci"],
  summary: "Print what the controller says of itself",
  description:
    "In the controller's Pod: the controller, asked directly. Elsewhere: the AntreaControllerInfo object.",
  example: "antctl get controllerinfo -o yaml",
  run: ({ signal, ...context }) => infoOf(context, { signal }),
  columns: [
    {
      title: "POD",
      cell: ({ podRef }: ControllerInfo) => podRef && `${podRef.namespace}/${podRef.name}`,
    },
    { title: "NODE", cell: (row) => row.nodeRef?.name },
    { title: "STATUS", cell: (row) => statusOf(row) },
    { title: "CONNECTED-AGENTS", cell: (row) => row.connectedAgentNum },
    { title: "NETWORK-POLICIES", cell: (row) => row.networkPolicyControllerInfo?.networkPolicyNum },
    { title: "ADDRESS-GROUPS", cell: (row) => row.networkPolicyControllerInfo?.addressGroupNum },
    {
      title: "APPLIED-TO-GROUPS",
      cell: (row) => row.networkPolicyControllerInfo?.appliedToGroupNum,
    },
    { title: "VERSION", cell: (row) => row.version },
  ],
});

async function infoOf(context: AntctlContext, options: Wait): Promise<ControllerInfo> {
  if (context.place === "controller") {
    return askController(context, controllerApi.controllerInfo, options);
  }
  refuseIn("agent", context);
  const info = await (await context.cluster()).controllerInfo(options);
  if (info) return info;
  throw new CommandFailure(
    "There is no AntreaControllerInfo: no controller has come up yet. " +
      "Look at it: kubectl -n kube-system get pods -l component=antrea-controller.",
  );
}

function statusOf({ controllerConditions = [] }: ControllerInfo): string {
  const bad = controllerConditions.filter(({ status }) => status !== "True").map((c) => c.type);
  if (controllerConditions.length === 0) return "Unknown";
  return bad.length === 0 ? "Healthy" : `not ${bad.join(", not ")}`;
}
