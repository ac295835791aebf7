import type { AgentInfo } from "@antrea/api";
import { agentApi } from "@antrea/api/local-api";
import { CommandFailure, text } from "@antrea/command";
import { defineCommand, type NamedAgentInfo } from "../context.ts";
import { askAgent } from "../reach/ask.ts";

/** As it is printed: the mode in force stands on top, where `grep trafficEncapMode` finds one line. */
type PrintedInfo = ReturnType<typeof printed>;

export const getAgentInfo = defineCommand({
  name: "get agentinfo",
  aliases: ["get agentinfos", "get ai"],
  summary: "Print what agents say of themselves and their Nodes",
  description:
    "In an agent's Pod: that agent, asked directly. Elsewhere: the AntreaAgentInfo objects of the cluster, of one Node or of all.",
  example: ["antctl get agentinfo -o yaml", "antctl get agentinfo node-1"],
  positionals: { node: text("A Node; all where it is left out", { placeholder: "NODE" }) },
  async run({ positionals: { node }, signal, ...context }) {
    if (context.place === "agent") {
      return printed(await askAgent(context, agentApi.agentInfo, { node, signal }));
    }
    const infos = await (await context.cluster()).agentInfos({ signal });
    if (node === undefined) return infos.map(printed);
    const info = infos.find(({ name }) => name === node);
    if (info) return printed(info);
    const known = infos.map(({ name }) => name).join(", ");
    throw new CommandFailure(
      `There is no AntreaAgentInfo of a Node ${node}. There are ${known || "none at all"}.`,
    );
  },
  columns: [
    { title: "POD", cell: (row: PrintedInfo) => nameOf(row.podRef) },
    { title: "NODE", cell: (row) => row.nodeRef?.name },
    { title: "STATUS", cell: (row) => statusOf(row) },
    { title: "MODE", cell: (row) => row.trafficEncapMode },
    { title: "NODE-SUBNET", cell: (row) => row.nodeSubnets?.join(",") },
    { title: "POD-MTU", cell: (row) => row.networkInfo?.podMTU },
    { title: "NETWORK-POLICIES", cell: (row) => row.networkPolicyControllerInfo?.networkPolicyNum },
    { title: "ADDRESS-GROUPS", cell: (row) => row.networkPolicyControllerInfo?.addressGroupNum },
    {
      title: "APPLIED-TO-GROUPS",
      cell: (row) => row.networkPolicyControllerInfo?.appliedToGroupNum,
    },
    { title: "LOCAL-PODS", cell: (row) => row.localPodNum },
  ],
});

function printed(info: AgentInfo | NamedAgentInfo) {
  const { version, networkInfo, ...rest } = info;
  const { trafficEncapMode, ...network } = networkInfo ?? {};
  return {
    ...(version === undefined ? {} : { version }),
    ...(trafficEncapMode === undefined ? {} : { trafficEncapMode }),
    ...rest,
    ...(networkInfo ? { networkInfo: network } : {}),
  };
}

function nameOf(reference: AgentInfo["podRef"]): string | undefined {
  const { namespace, name } = reference ?? {};
  return namespace && name ? `${namespace}/${name}` : name;
}

/** "Healthy", or what is not as it should be. */
function statusOf({ agentConditions = [] }: PrintedInfo): string {
  const bad = agentConditions.filter(({ status }) => status !== "True").map(({ type }) => type);
  if (agentConditions.length === 0) return "Unknown";
  return bad.length === 0 ? "Healthy" : `not ${bad.join(", not ")}`;
}
