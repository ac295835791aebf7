import type { NetworkPolicy } from "@antrea/policy";

/** What this Node has made of a policy. */
export interface PolicyRealization {
  readonly policy: NetworkPolicy;
  /** The state of the source object that the switch has confirmed last. */
  readonly generation?: number | undefined;
  /** Why the state that is wanted is not in force, where something is wrong. */
  readonly failure?: string | undefined;
  /** When this Node heard of the state that is wanted, and when the switch had confirmed it. */
  readonly receivedAt: Date;
  readonly confirmedAt?: Date | undefined;
}

export interface RealizationListener {
  onChange(uid: string): void;
  /** From the news of a policy to the switch's word. */
  onConfirmed(tookMs: number): void;
}

/** Receipts of policies: which of their states are in force here, and since when. */
export interface Realizations {
  get(uid: string): PolicyRealization | undefined;
  all(): Iterable<PolicyRealization>;
  received(policy: NetworkPolicy): void;
  confirmed(policy: NetworkPolicy): void;
  refused(uid: string, reason: string): void;
  /** Nothing of it is refused any more. */
  accepted(uid: string): void;
  removed(uid: string): void;
}

export function realizations(
  { onChange, onConfirmed }: RealizationListener,
  wallTime: () => Date,
): Realizations {
  const all = new Map<string, PolicyRealization>();
  const put = (one: PolicyRealization): void => {
    all.set(one.policy.uid, one);
    onChange(one.policy.uid);
  };
  return {
    get: (uid) => all.get(uid),
    all: () => all.values(),
    received(policy) {
      put({ policy, generation: all.get(policy.uid)?.generation, receivedAt: wallTime() });
    },
    confirmed(policy) {
      const before = all.get(policy.uid);
      if (before?.policy !== policy) return; // another state is wanted by now
      const confirmedAt = wallTime();
      onConfirmed(confirmedAt.getTime() - before.receivedAt.getTime());
      const { receivedAt } = before;
      put({ policy, generation: policy.generation, receivedAt, confirmedAt });
    },
    refused(uid, failure) {
      const before = all.get(uid);
      if (before && before.failure !== failure) put({ ...before, failure });
    },
    accepted(uid) {
      const { failure, ...one } = all.get(uid) ?? {};
      if (failure !== undefined) put(one as PolicyRealization);
    },
    removed(uid) {
      if (all.delete(uid)) onChange(uid);
    },
  };
}
