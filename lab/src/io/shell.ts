import { nearest } from "@antrea/base";
import { nodePaths } from "../cluster/node-programs.ts";
import { LabError } from "../errors.ts";
import type { LabPlan, NamespaceFiles } from "../plan/lab-plan.ts";
import type { RecordFile } from "../record/io/record-file.ts";
import { type Argv, runAttached } from "./command.ts";
import { labVariable } from "./daemon.ts";
import { inNamespaces } from "./enter.ts";

/** Runs a program at a place of the lab, on this terminal; without a program, a shell. */
export function shellOn(
  record: RecordFile,
  place: string,
  argv: readonly string[],
): Promise<number> {
  const { plan, id } = record.get();
  const namespaces = placesOf(plan)[place] ?? unknownPlace(plan, place);
  const [program = "bash", ...args] = argv;
  return runAttached(inNamespaces(namespaces, [program, ...args] satisfies Argv), {
    [labVariable]: id,
    PATH: `${nodePaths.assets}:${process.env["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin"}`,
    CONTAINERD_ADDRESS: nodePaths.containerdSocket,
    CONTAINERD_NAMESPACE: "k8s.io",
    PS1: `${place} \\w # `,
  });
}

function placesOf(plan: LabPlan): Readonly<Record<string, NamespaceFiles>> {
  const netns = (name: string) => ({ net: `/run/netns/${name}` });
  return {
    ...Object.fromEntries(plan.nodes.map((node) => [node.name, node.namespaces])),
    "control-plane": plan.controlPlane.namespaces,
    outside: plan.outsideHost.namespaces,
    router: netns(plan.routerNamespace),
    fabric: netns(plan.fabricNamespace),
  };
}

function unknownPlace(plan: LabPlan, place: string): never {
  const names = Object.keys(placesOf(plan));
  const close = nearest(place, names);
  throw new LabError({
    saw: `Nothing in this lab is called "${place}"`,
    wanted: `one of ${names.join(", ")}`,
    remedy: close ? `did you mean ${close}?` : `for example: antrea-lab exec ${names[0]}`,
  });
}
