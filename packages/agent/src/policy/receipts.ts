import { abortable } from "@antrea/base";
import { hasReached, type Mark, type PodReceipt } from "@antrea/policy";

/** The streams that tell what applies to a Pod. */
export const policyStreams = ["networkPolicies", "addressGroups", "appliedToGroups"] as const;
export type PolicyStream = (typeof policyStreams)[number];

/** Of which Pods the controller has told all that applies to them (decision 38). */
export interface Receipts {
  replace(receipts: readonly PodReceipt[], mark: Mark): void;
  put(receipt: PodReceipt, mark: Mark): void;
  remove(uid: string): void;
  /** A stream has told of all up to here. */
  reached(stream: PolicyStream, mark: Mark): void;
  /** What of it has not come yet, as the end of a sentence; undefined where all has. */
  missing(uid: string): string | undefined;
  /** Resolves when nothing is missing; rejects with the signal's reason. */
  whenTold(uid: string, options: { readonly signal: AbortSignal }): Promise<void>;
}

export function receipts(): Receipts {
  const marks = new Map<string, Mark>();
  const streams = new Map<PolicyStream, Mark>();
  const waiting = new Set<{ readonly uid: string; readonly resolve: () => void }>();

  function missing(uid: string): string | undefined {
    const mark = marks.get(uid);
    if (!mark) return "the controller has not told of this Pod";
    const behind = policyStreams.filter((stream) => !hasReached(streams.get(stream), mark));
    return behind.length > 0 ? `the controller has not told all of its ${behind[0]}` : undefined;
  }

  function look(): void {
    for (const one of waiting) {
      if (missing(one.uid) !== undefined) continue;
      waiting.delete(one);
      one.resolve();
    }
  }

  return {
    replace(all, mark) {
      marks.clear();
      for (const { uid } of all) marks.set(uid, mark);
      look();
    },
    put({ uid }, mark) {
      marks.set(uid, mark);
      look();
    },
    remove: (uid) => void marks.delete(uid),
    reached(stream, mark) {
      streams.set(stream, mark);
      look();
    },
    missing,
    async whenTold(uid, { signal }) {
      if (missing(uid) === undefined) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const one = { uid, resolve };
      waiting.add(one);
      try {
        await abortable(promise, signal);
      } finally {
        waiting.delete(one);
      }
    },
  };
}
