import type { Computed, NetworkPolicy } from "@antrea/policy";
import type { NodePolicyStatus, NodeReport } from "@antrea/policy/controlplane";

/** How far the Nodes of a policy's span are with its present state. */
export interface PolicyProgress {
  readonly policy: NetworkPolicy;
  readonly desiredNodes: number;
  readonly currentNodes: number;
  /** Nodes that say that something is wrong. */
  readonly failures: readonly { readonly nodeName: string; readonly message: string }[];
  /** Nodes that have not confirmed yet. */
  readonly waiting: readonly string[];
}

/** What Nodes say of policies, put together. */
export interface Statuses {
  take(report: NodeReport): void;
  /** Undefined for a policy that there is not. */
  progress(uid: string): PolicyProgress | undefined;
  stop(): void;
}

export interface StatusListener {
  /** What `progress` gives may be another. */
  onChange(uid: string): void;
  /** A Node confirmed what it was told so long ago. */
  onConfirmed(tookMs: number): void;
}

type Policies = Computed["networkPolicies"];

export function statuses(
  policies: Policies,
  { onChange, onConfirmed }: StatusListener,
  now: () => number,
): Statuses {
  const told = new Map<string, { readonly generation: number; readonly atMs: number }>();
  const said = new Map<string, Map<string, NodePolicyStatus>>();

  const stop = policies.onChange(({ name, left }) => {
    const policy = policies.get(name);
    // what a Node said before it lost the policy says nothing of when it gets it again
    for (const nodeName of left) said.get(name)?.delete(nodeName);
    if (!policy) {
      told.delete(name);
      said.delete(name);
    } else if (told.get(name)?.generation !== policy.generation) {
      told.set(name, { generation: policy.generation, atMs: now() });
      forgetFailures(name);
    }
    onChange(name);
  });

  /** They were of the state before; what is wrong with the new one is yet to be told. */
  function forgetFailures(uid: string): void {
    for (const [nodeName, { failure, ...rest }] of said.get(uid) ?? [])
      if (failure !== undefined) said.get(uid)?.set(nodeName, rest);
  }

  function note(nodeName: string, status: NodePolicyStatus): void {
    const { uid, generation } = status;
    if (!policies.span(uid).has(nodeName)) return; // of no use, and nobody fills memory with it
    const some = said.get(uid) ?? new Map<string, NodePolicyStatus>();
    const before = some.get(nodeName);
    said.set(uid, some.set(nodeName, status));
    const since = told.get(uid);
    if (since && generation === since.generation && before?.generation !== generation)
      onConfirmed(now() - since.atMs);
    onChange(uid);
  }

  function forgetOthers({ nodeName, policies: some }: NodeReport): void {
    const uids = new Set(some.map(({ uid }) => uid));
    for (const [uid, nodes] of said) if (!uids.has(uid) && nodes.delete(nodeName)) onChange(uid);
  }

  return {
    take(report) {
      if (report.isWhole) forgetOthers(report);
      for (const status of report.policies) note(report.nodeName, status);
    },
    progress(uid) {
      const policy = policies.get(uid);
      return policy && progressOf(policy, policies.span(uid), said.get(uid));
    },
    stop,
  };
}

function progressOf(
  policy: NetworkPolicy,
  span: ReadonlySet<string>,
  said: ReadonlyMap<string, NodePolicyStatus> = new Map(),
): PolicyProgress {
  const failures: { nodeName: string; message: string }[] = [];
  const waiting: string[] = [];
  for (const nodeName of span) {
    const { generation, failure } = said.get(nodeName) ?? {};
    if (failure !== undefined) failures.push({ nodeName, message: failure });
    if (failure !== undefined || generation !== policy.generation) waiting.push(nodeName);
  }
  const desiredNodes = span.size;
  return { policy, desiredNodes, currentNodes: desiredNodes - waiting.length, failures, waiting };
}
