import { existsSync, rmSync } from "node:fs";
import type { KubeAssets } from "../../assets/index.ts";
import { plugNode, unplugNode } from "../../fabric/io/build-fabric.ts";
import { createCgroup, processesInCgroup } from "../../io/cgroup.ts";
import { removeIdleCgroups } from "../../io/clean.ts";
import { run } from "../../io/command.ts";
import { endAll, processesMarked } from "../../io/end-processes.ts";
import { isAlive } from "../../io/process-table.ts";
import type { NodePlan } from "../../plan/lab-plan.ts";
import type { RecordFile } from "../../record/io/record-file.ts";
import { startEgressProxy } from "./egress.ts";
import { makeNodeNamespaces } from "./prepare-node.ts";
import { nodeProgramPaths, startContainerd, startKubelet, startKubeProxy } from "./start-node.ts";

/**
 * Pulls a Node's plug: its programs and Pods are gone without a word, and so is all that lives in
 * memory: /run, namespaces, links, cgroups. Its disk stays.
 */
export async function powerOff(record: RecordFile, node: NodePlan): Promise<void> {
  const { plan, components, id } = record.get();
  const ours = components.filter((c) => c.name.startsWith(`${node.name}/`)).map((c) => c.process);
  await endAll(`the processes of ${node.name}`, () => [
    ...ours.filter(isAlive),
    ...processesInCgroup(node.systemCgroup),
    ...processesInCgroup(node.cgroup),
    ...processesMarked(id, node.namespaces.net),
  ]);
  // a kubelet that finds cgroups of containers that are gone looks at each for three seconds
  await removeIdleCgroups(node.cgroup);
  createCgroup(node.cgroup);
  for (const file of [node.namespaces.mount, node.namespaces.uts]) {
    if (file === undefined || !existsSync(file)) continue;
    await run(["umount", file]);
    rmSync(file);
  }
  await unplugNode(plan, node);
}

/** Starts a Node again that was powered off; kubelet brings its Pods back, as after any boot. */
export async function powerOn(
  record: RecordFile,
  node: NodePlan,
  programs: KubeAssets,
): Promise<void> {
  const { plan, options } = record.get();
  await plugNode(plan, node, { offloads: options.offloads });
  await makeNodeNamespaces(node, nodeProgramPaths(programs));
  await startContainerd(record, node);
  if (options.apiReachesPods && node.name === plan.nodes[0]?.name) startEgressProxy(record);
  startKubelet(record, node);
  startKubeProxy(record, node);
}
