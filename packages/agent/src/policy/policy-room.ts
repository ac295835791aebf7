import {
  abortable,
  type BackOff,
  type Clock,
  type KeyedChange,
  type Logger,
  type Realizer,
} from "@antrea/base";
import type { Flow } from "@antrea/openflow/flow";
import type { FlowOwner, PolicyNode } from "@antrea/pipeline";
import type { NetworkPolicy } from "@antrea/policy";
import type { ShareChange } from "@antrea/policy/controlplane";
import { type LocalPod, podMemberKey } from "./local-pods.ts";
import type { NodeGuard, NodeTables } from "./node/node-guard.ts";
import { nodeRulesOf } from "./node/node-rule.ts";
import { type RealizationListener, type Realizations, realizations } from "./realizations.ts";
import { type Receipts, receipts } from "./receipts.ts";
import { previewRules, type RulesPreview } from "./preview-rules.ts";
import { type RuleFlows, ruleFlows } from "./rule-flows.ts";
import { policyUidOf, type RuleKey } from "./rule-keys.ts";
import { ruleProgress } from "./rule-progress.ts";
import { ruleSender } from "./rule-sender.ts";
import { type PolicyState, policyState, type ShareKind } from "./state.ts";

export interface PolicyRoomDeps extends RealizationListener {
  readonly flows: Realizer<Flow>;
  readonly node: () => PolicyNode;
  readonly guard: Pick<NodeGuard, "realize" | "preview" | "refusal">;
  /** Whether a policy is to be enforced here, as all are where it is left out. */
  readonly takes?: (policy: NetworkPolicy) => boolean;
  /** What is told of a policy or group is another, or in force: a file that keeps them is old. */
  readonly onTold: () => void;
  /** Of a policy, a rule or the whole is in force in another form than before. */
  readonly onInForce: (uid: string) => void;
  readonly backOff: BackOff;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface PolicyCounts {
  readonly count: number;
  readonly ingressRules: number;
  readonly egressRules: number;
}

/** In the words of AntreaAgentInfo. */
export interface PolicyShareCounts {
  readonly networkPolicyNum: number;
  readonly addressGroupNum: number;
  readonly appliedToGroupNum: number;
}

/** What a change of this Node's policies would do to its switch and its own table of nftables. */
export interface PolicyPreview extends Pick<RulesPreview, "crowded" | "waiting"> {
  readonly flows: KeyedChange<string, Flow>;
  readonly tables: NodeTables;
  /** Rules for the Node itself that it does not take, and why. */
  readonly refused: { readonly keys: readonly RuleKey[]; readonly reason: string } | undefined;
}

/** The policies of this Node on its bridge. */
export interface PolicyRoom {
  /** Where the controller's streams go, and where policies come from a file. */
  readonly state: PolicyState;
  readonly receipts: Receipts;
  readonly realizations: Realizations;
  /** The parts of all policies that are in force. */
  rulesInForce(): Iterable<RuleKey>;
  /** Where a rule stands among others on the switch; undefined for what has no order. */
  standingOf: RuleFlows["placementOf"];
  /** What is in force. */
  counts(): PolicyCounts;
  shareCounts(): PolicyShareCounts;
  /**
   * Before a Pod's flows: resolves when all that applies to it is in force. With a UID that includes what
   * the controller has yet to tell; rejects with the signal's reason.
   */
  admit(
    pod: LocalPod,
    options: { readonly uid?: string | undefined; readonly signal: AbortSignal },
  ): Promise<void>;
  /** Why a Pod is not admitted yet, as the end of a sentence. */
  holdup(pod: LocalPod, uid: string | undefined): string | undefined;
  /** Resolves when no rule speaks of the port any more: it may be another's. */
  dismiss(hostName: string, options: { readonly signal: AbortSignal }): Promise<void>;
  /** What the switch would be sent, were this told; nothing is sent. */
  preview(change: ShareChange, pods: readonly LocalPod[]): PolicyPreview;
  /** Sends all that has been told so far; resolves when the switch has answered for each rule. */
  settle(): Promise<void>;
  run(signal: AbortSignal): Promise<void>;
}

export function policyRoom(deps: PolicyRoomDeps): PolicyRoom {
  const { flows, guard, clock, takes = () => true } = deps;
  const progress = ruleProgress();
  const compiler = ruleFlows(deps.node);
  const told = receipts();
  const made = realizations(deps, clock.wallTime);
  const listeners = new Set<() => void>();
  const sender = ruleSender({
    ...deps,
    progress: { formOf: progress.formOf, confirmed, refused },
    send,
  });

  const state = policyState({
    onDirty(keys) {
      const all = compiler.place(keys.map((key) => [key, state.findPlace(key)]));
      progress.wanted(all);
      sender.add(all);
      changed();
    },
    onWanted(uid) {
      const policy = state.policy(uid)?.wanted;
      if (policy) made.received(policy);
      else made.removed(uid);
      changed();
    },
    onForced(policy, keys) {
      progress.whenConfirmed(keys, () => {
        made.confirmed(policy);
        deps.onInForce(policy.uid);
      });
      changed();
    },
    takes,
  });

  function changed(): void {
    deps.onTold();
    for (const listener of listeners) listener();
  }

  /** All of a rule's owners ask in one turn. */
  async function send(key: RuleKey): Promise<void> {
    const wish = state.find(key);
    const wanted = compiler.compile(key, wish);
    await Promise.all([
      ...[...wanted].map(([owner, some]) => flows.realize(owner, some)),
      guard.realize(key, wish ? nodeRulesOf(key, wish) : []),
    ]);
  }

  function confirmed(key: RuleKey, form: number): void {
    progress.confirmed(key, form);
    const uid = policyUidOf(key);
    deps.onInForce(uid);
    if (made.get(uid)?.failure === undefined) return;
    if (progress.problemOf(keysOf(uid)) === undefined) made.accepted(uid);
  }

  function refused(key: RuleKey, reason: string): void {
    progress.refused(key, reason);
    made.refused(policyUidOf(key), reason);
  }

  const keysOf = (uid: string): Iterable<RuleKey> =>
    state.policy(uid)?.inForce?.places.keys() ?? [];

  function waitingFor(podKey: string): string | undefined {
    return [...state.policiesFor(podKey)].find((uid) => {
      const policy = state.policy(uid);
      return policy && policy.inForce?.policy !== policy.wanted;
    });
  }

  function refusedOf(forNode: RulesPreview["forNode"]): PolicyPreview["refused"] {
    const { refusal: reason } = guard;
    const keys = [...forNode].flatMap(([key, rules]) => (rules.length > 0 ? [key] : []));
    return reason !== undefined && keys.length > 0 ? { keys, reason } : undefined;
  }

  async function nextChange(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve } = Promise.withResolvers<void>();
    listeners.add(resolve);
    try {
      await abortable(promise, signal);
    } finally {
      listeners.delete(resolve);
    }
  }

  async function whenConfirmed(keys: Iterable<RuleKey>, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const forget = progress.whenConfirmed(keys, resolve);
    try {
      await abortable(promise, signal);
    } finally {
      forget();
    }
  }

  return {
    state,
    receipts: told,
    realizations: made,
    *rulesInForce() {
      for (const { inForce } of state.policies()) yield* inForce?.places.keys() ?? [];
    },
    standingOf: compiler.placementOf,
    counts() {
      const forced = [...state.policies()].flatMap(({ inForce }) => inForce?.policy ?? []);
      const rules = forced.flatMap((policy) => policy.rules);
      const ingressRules = rules.filter(({ direction }) => direction === "In").length;
      return {
        count: forced.length,
        ingressRules,
        egressRules: rules.length - ingressRules,
      };
    },
    shareCounts() {
      const kinds = Map.groupBy(state.share(), ({ kind }) => kind);
      const count = (kind: ShareKind): number => kinds.get(kind)?.length ?? 0;
      return {
        networkPolicyNum: count("networkPolicies"),
        addressGroupNum: count("addressGroups"),
        appliedToGroupNum: count("appliedToGroups"),
      };
    },
    async admit(pod, { uid, signal }) {
      const key = podMemberKey(pod);
      const followed = [...state.putPod(pod)];
      if (uid !== undefined) {
        await told.whenTold(uid, { signal });
        while (waitingFor(key) !== undefined) await nextChange(signal);
        followed.push(...[...state.policiesFor(key)].flatMap((one) => [...keysOf(one)]));
      }
      await whenConfirmed(followed, signal);
    },
    holdup(pod, uid) {
      const key = podMemberKey(pod);
      const missing = uid === undefined ? undefined : told.missing(uid);
      if (missing !== undefined) return missing;
      const policy = state.policy(waitingFor(key) ?? "")?.wanted;
      if (policy) return `the controller has not told of all groups of ${nameOf(policy.source)}`;
      const keys = [...state.policiesFor(key)].flatMap((one) => [...keysOf(one)]);
      const problem = progress.problemOf(keys);
      return problem && `the switch refuses a rule: ${problem}`;
    },
    async dismiss(hostName, { signal }) {
      await whenConfirmed(state.removePod(hostName), signal);
    },
    preview(change, pods) {
      const inForce = { share: state.share(), pods, node: deps.node(), takes };
      const { flows: rules, forNode, ...rest } = previewRules(inForce, change);
      const wishes = new Map<FlowOwner, readonly Flow[]>();
      for (const key of rules.keys())
        for (const owner of compiler.ownersOf(key)) wishes.set(owner, []);
      for (const byOwner of rules.values())
        for (const [owner, some] of byOwner) wishes.set(owner, some);
      return {
        ...rest,
        flows: flows.preview(wishes),
        tables: guard.preview(forNode),
        refused: refusedOf(forNode),
      };
    },
    settle: sender.sendDue,
    run: sender.run,
  };
}

function nameOf({ kind, namespace, name }: { kind: string; namespace: string; name: string }) {
  return `${kind} ${namespace === "" ? name : `${namespace}/${name}`}`;
}
