import { type HostChange, diffHost } from "../host/diff.ts";
import { HostError } from "../host/error.ts";
import type { HostNetwork, HostOutcome, ObserveOptions } from "../host/network.ts";
import { observedHost } from "../host/observed.ts";
import { planHost } from "../host/plan.ts";
import { applyStep, type SynchronousStep } from "./apply-step.ts";
import { inNamespace } from "./namespace.ts";
import { withNetlink } from "./netlink-socket.ts";
import { applyNft, observeNft } from "./nft.ts";
import { observeNetwork } from "./observe.ts";
import { readSysctl } from "./sysctl.ts";

/** The namespace at `netnsPath`, or our own. It holds nothing open between calls. */
export function hostNetwork({ netnsPath }: { readonly netnsPath?: string } = {}): HostNetwork {
  async function observe({ sysctls = [], nftTables = [], signal }: ObserveOptions = {}) {
    const tables = await observeNft(nftTables, { netnsPath, signal });
    const entries = inNamespace(netnsPath, () => ({
      ...withNetlink(observeNetwork),
      sysctls: readSysctls(sysctls),
    }));
    return observedHost({ ...entries, nftTables: tables });
  }

  async function apply(change: HostChange, { signal }: { readonly signal?: AbortSignal } = {}) {
    const steps = planHost(change);
    const failures: HostError[] = [];
    const attempt = (body: () => void) => collect(failures, body);
    for (let next = 0; next < steps.length; ) {
      signal?.throwIfAborted();
      const step = steps[next];
      if (step?.kind === "change-nft") {
        await applyNft(step.change, { netnsPath, signal }).catch((error: unknown) =>
          attempt(() => {
            throw error;
          }),
        );
        next += 1;
        continue;
      }
      const rest = steps.slice(next);
      const end = rest.findIndex((s) => s.kind === "change-nft");
      const batch = rest.slice(0, end < 0 ? rest.length : end) as readonly SynchronousStep[];
      inNamespace(netnsPath, () =>
        withNetlink((socket) => {
          for (const one of batch) attempt(() => applyStep(socket, one));
        }),
      );
      next += batch.length;
    }
    return { applied: steps.length - failures.length, failures } satisfies HostOutcome;
  }

  return {
    observe,
    apply,
    async converge({ desired, owns }, options = {}) {
      const observed = await observe({
        sysctls: desired.sysctls.keys(),
        nftTables: new Set([...desired.nftTables.keys(), ...(owns.nftTables ?? [])]),
        ...options,
      });
      const change = diffHost(observed, desired, owns);
      return { change, ...(await apply(change, options)) };
    },
  };
}

function readSysctls(paths: Iterable<string>): ReadonlyMap<string, string> {
  const values = Array.from(paths, (path) => [path, readSysctl(path)] as const);
  return new Map(values.flatMap(([path, value]) => (value === undefined ? [] : [[path, value]])));
}

/** Keeps a HostError for the caller; anything else is no answer of the kernel and goes on. */
function collect(failures: HostError[], body: () => void): void {
  try {
    body();
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    failures.push(error);
  }
}
