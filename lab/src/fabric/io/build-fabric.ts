import { type Argv, run } from "../../io/command.ts";
import { inNamespaces } from "../../io/enter.ts";
import type { LabPlan, NodePlan } from "../../plan/lab-plan.ts";
import {
  addressBatches,
  type Batch,
  fabricSysctls,
  hostBatch,
  hostLinkEnds,
  hostPort,
  type LinkEnd,
  linkBatch,
  linkEnds,
  machinePeerBatch,
  namespaceBatch,
  nodeSysctls,
  type Sysctls,
} from "../build.ts";

export interface FabricOptions {
  /** Whether links leave checksums and segmentation to the receiver, as no wire does. */
  readonly offloads: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Makes the namespaces, bridges, links, addresses and routes of a lab. */
export async function buildFabric(plan: LabPlan, options: FabricOptions): Promise<void> {
  const { signal } = options;
  await runBatch(namespaceBatch(plan), signal);
  await Promise.all(fabricSysctls(plan).map((sysctls) => applySysctls(sysctls, signal)));
  await runBatch(linkBatch(plan), signal);
  await Promise.all(addressBatches(plan).map((batch) => runBatch(batch, signal)));
  await runBatch(machinePeerBatch(plan), signal);
  await setOffloads(linkEnds(plan), options);
}

/** Makes a Node's namespace and its link anew, as they were before `unplugNode`. */
export async function plugNode(
  plan: LabPlan,
  { link }: NodePlan,
  options: FabricOptions,
): Promise<void> {
  const { signal } = options;
  await runBatch({ namespace: undefined, lines: [`netns add ${link.namespace}`] }, signal);
  await applySysctls(nodeSysctls(link), signal);
  await runBatch({ namespace: plan.fabricNamespace, lines: hostPort(link) }, signal);
  await runBatch(hostBatch(link), signal);
  await setOffloads(hostLinkEnds(plan, link), options);
}

/** Removes a Node's namespace with all that is in it, and its link. */
export async function unplugNode(plan: LabPlan, { link }: NodePlan): Promise<void> {
  await runBatch({ namespace: plan.fabricNamespace, lines: [`link delete ${link.port}`] });
  await runBatch({ namespace: undefined, lines: [`netns delete ${link.namespace}`] });
}

async function applySysctls(
  { namespace, settings, whereKnown = [] }: Sysctls,
  signal?: AbortSignal,
): Promise<void> {
  await run(inNetns(namespace, "sysctl", "-q", "-w", ...settings), { signal });
  if (whereKnown.length > 0)
    await run(inNetns(namespace, "sysctl", "-q", "-e", "-w", ...whereKnown), { signal });
}

async function setOffloads(
  ends: readonly LinkEnd[],
  { offloads, signal }: FabricOptions,
): Promise<void> {
  if (offloads) return;
  await Promise.all(
    ends.map(({ namespace, device }) =>
      run(inNetns(namespace, "ethtool", "-K", device, "tx", "off"), { signal }),
    ),
  );
}

function inNetns(namespace: string, ...argv: Argv): Argv {
  return inNamespaces({ net: `/run/netns/${namespace}` }, argv);
}

/** Runs lines of ip(8) in one namespace, up to the first that fails. */
export async function runBatch({ namespace, lines }: Batch, signal?: AbortSignal): Promise<void> {
  const inside = namespace === undefined ? [] : ["-n", namespace];
  await run(["ip", ...inside, "-batch", "-"], { input: `${lines.join("\n")}\n`, signal });
}
