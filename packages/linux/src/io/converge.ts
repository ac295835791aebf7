import { diffHost, type HostChange, type ObservedHost } from "../host/diff.ts";
import { HostError } from "../host/error.ts";
import type { Abortable, HostNetwork, HostOutcome, ObserveOptions } from "../host/network.ts";
import { observedHost } from "../host/observed.ts";
import { planHost, type SynchronousStep } from "../host/plan.ts";
import { applyStep, devicesOf } from "./apply-step.ts";
import { inNamespace } from "./namespace.ts";
import { withNetlink } from "./netlink-socket.ts";
import { applyNft, observeNft, rulesetGeneration } from "./nft.ts";
import { observeNetwork } from "./observe.ts";
import { readSysctl } from "./sysctl.ts";

/** Observe, apply, and both: the part of a HostNetwork that works with desired state. */
export function converger(
  netnsPath: string | undefined,
): Pick<HostNetwork, "observe" | "glance" | "apply" | "converge"> {
  async function observe(options: ObserveOptions = {}): Promise<ObservedHost> {
    const { sysctls = [], nftTables = [], wantedTables, ...rest } = options;
    const tables = await observeNft(nftTables, { netnsPath, wanted: wantedTables, ...rest });
    const entries = inNamespace(netnsPath, () => ({
      ...withNetlink(observeNetwork),
      sysctls: readSysctls(sysctls),
    }));
    return observedHost({ ...entries, nftTables: tables });
  }

  async function apply(change: HostChange, options: Abortable = {}): Promise<HostOutcome> {
    const steps = planHost(change);
    const failures: HostError[] = [];
    let batch: SynchronousStep[] = [];
    const flush = () => {
      failures.push(...applyBatch(batch, netnsPath));
      batch = [];
    };
    for (const step of steps) {
      if (step.kind !== "change-nft") {
        batch.push(step);
        continue;
      }
      flush();
      const refusal = applyNft(step.change, { netnsPath, ...options }).then(
        () => [],
        onlyHostError,
      );
      failures.push(...(await refusal));
    }
    options.signal?.throwIfAborted();
    flush();
    return { applied: steps.length - failures.length, failures };
  }

  return {
    observe,
    glance: (sysctls) =>
      inNamespace(netnsPath, () =>
        [rulesetGeneration(), ...Array.from(sysctls, readSysctl)].join("\n"),
      ),
    apply,
    async converge({ desired, owns }, options = {}) {
      const observed = await observe({
        sysctls: desired.sysctls.keys(),
        nftTables: new Set([...desired.nftTables.keys(), ...(owns.nftTables ?? [])]),
        wantedTables: desired.nftTables.values(),
        ...options,
      });
      const change = diffHost(observed, desired, owns);
      return { change, ...(await apply(change, options)) };
    },
  };
}

/** Tries each step, in one synchronous section, and gives back what was refused. */
function applyBatch(
  steps: readonly SynchronousStep[],
  netnsPath: string | undefined,
): readonly HostError[] {
  if (steps.length === 0) return [];
  return inNamespace(netnsPath, () =>
    withNetlink((socket) => {
      const devices = devicesOf(socket);
      return steps.flatMap((step) => {
        try {
          applyStep(socket, step, devices);
          return [];
        } catch (error) {
          return onlyHostError(error);
        }
      });
    }),
  );
}

/** A HostError is an answer to keep; anything else is a fault that goes on. */
function onlyHostError(error: unknown): readonly HostError[] {
  if (error instanceof HostError) return [error];
  throw error;
}

function readSysctls(paths: Iterable<string>): ReadonlyMap<string, string> {
  const values = Array.from(paths, (path) => [path, readSysctl(path)] as const);
  return new Map(values.flatMap(([path, value]) => (value === undefined ? [] : [[path, value]])));
}
