import type { Lease } from "kubernetes-types/coordination/v1.d.ts";
import type { ObjectName } from "../object.ts";
import type { LeaseWrite, ObservedLease } from "./machine.ts";

/** What the machine needs of a Lease; strange values count as none. */
export function observedLease({ metadata, spec }: Lease): ObservedLease {
  return {
    holder: typeof spec?.holderIdentity === "string" ? spec.holderIdentity : "",
    durationSeconds: positive(spec?.leaseDurationSeconds),
    transitions: positive(spec?.leaseTransitions),
    resourceVersion: metadata?.resourceVersion ?? "",
  };
}

/** The Lease that a write stands for. `acquireTime` is kept from `before` where the term goes on. */
export function leaseObject(
  name: ObjectName,
  write: LeaseWrite,
  now: Date,
  before: Lease | undefined,
): Lease {
  const { resourceVersion } = write;
  return {
    metadata: {
      ...name,
      ...(before?.metadata?.labels ? { labels: before.metadata.labels } : {}),
      ...(before?.metadata?.annotations ? { annotations: before.metadata.annotations } : {}),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    } as NonNullable<Lease["metadata"]>,
    spec: {
      holderIdentity: write.holder,
      leaseDurationSeconds: write.durationSeconds,
      leaseTransitions: write.transitions,
      acquireTime: write.isNewTerm ? microTime(now) : (before?.spec?.acquireTime ?? microTime(now)),
      renewTime: microTime(now),
    },
  };
}

/** Kubernetes' MicroTime: six digits after the second, no fewer. */
export function microTime(time: Date): string {
  return time.toISOString().replace("Z", "000Z");
}

function positive(value: unknown): number {
  return typeof value === "number" && value > 0 ? value : 0;
}
