import { run } from "../../io/command.ts";
import type { LabPlan } from "../../plan/lab-plan.ts";
import {
  addressBatches,
  type Batch,
  fabricSysctls,
  linkBatch,
  linkEnds,
  machinePeerBatch,
  namespaceBatch,
} from "../build.ts";

export interface FabricOptions {
  /** Whether links leave checksums and segmentation to the receiver, as no wire does. */
  readonly offloads: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Makes the namespaces, bridges, links, addresses and routes of a lab. */
export async function buildFabric(
  plan: LabPlan,
  { offloads, signal }: FabricOptions,
): Promise<void> {
  await runBatch(namespaceBatch(plan), signal);
  await Promise.all(
    fabricSysctls(plan).map(({ namespace, settings }) =>
      run(["nsenter", `--net=/run/netns/${namespace}`, "sysctl", "-q", "-w", ...settings], {
        signal,
      }),
    ),
  );
  await runBatch(linkBatch(plan), signal);
  await Promise.all(addressBatches(plan).map((batch) => runBatch(batch, signal)));
  await runBatch(machinePeerBatch(plan), signal);
  if (offloads) return;
  await Promise.all(
    linkEnds(plan).map(({ namespace, device }) =>
      run(["nsenter", `--net=/run/netns/${namespace}`, "ethtool", "-K", device, "tx", "off"], {
        signal,
      }),
    ),
  );
}

/** Runs lines of ip(8) in one namespace, up to the first that fails. */
export async function runBatch({ namespace, lines }: Batch, signal?: AbortSignal): Promise<void> {
  const inside = namespace === undefined ? [] : ["-n", namespace];
  await run(["ip", ...inside, "-batch", "-"], { input: `${lines.join("\n")}\n`, signal });
}
