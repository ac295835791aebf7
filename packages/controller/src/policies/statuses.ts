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
  /** Some of them may have told another leader before, and have yet to come to this one. */
  readonly isProvisional: boolean;
}

/** What Nodes say of policies, put together. */
export interface Statuses {
  take(report: NodeReport): void;
  /** Undefined for a policy that there is not. */
  progress(uid: string): PolicyProgress | undefined;
  /** Ends the patience with Nodes that have told nothing since the beginning. */
  hearAll(): void;
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
  /** Nodes that have told all that they have; undefined once nobody is waited for. */
  let heard: Set<string> | undefined = new Set();

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

  /** What a Node tells first it may have confirmed long ago: how long it took is not known. */
  function hear(nodeName: string): "first" | "again" {
    if (!heard || heard.has(nodeName)) return "again";
    heard.add(nodeName);
    for (const uid of policies.namesFor(nodeName)) onChange(uid);
    return "first";
  }

  function note(nodeName: string, status: NodePolicyStatus, isNews: boolean): void {
    const { uid, generation } = status;
    if (!policies.span(uid).has(nodeName)) return; // of no use, and nobody fills memory with it
    const some = said.get(uid) ?? new Map<string, NodePolicyStatus>();
    const before = some.get(nodeName);
    said.set(uid, some.set(nodeName, status));
    const since = told.get(uid);
    if (isNews && since && generation === since.generation && before?.generation !== generation)
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
      const isNews = !report.isWhole || hear(report.nodeName) === "again";
      for (const status of report.policies) note(report.nodeName, status, isNews);
    },
    progress(uid) {
      const policy = policies.get(uid);
      if (!policy) return undefined;
      const span = policies.span(uid);
      const isProvisional = heard !== undefined && !span.isSubsetOf(heard);
      return { ...progressOf(policy, span, said.get(uid)), isProvisional };
    },
    hearAll() {
      const before = heard ?? new Set();
      heard = undefined;
      for (const uid of policies.names()) if (!policies.span(uid).isSubsetOf(before)) onChange(uid);
    },
    stop,
  };
}

function progressOf(
  policy: NetworkPolicy,
  span: ReadonlySet<string>,
  said: ReadonlyMap<string, NodePolicyStatus> = new Map(),
): Omit<PolicyProgress, "isProvisional"> {
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
