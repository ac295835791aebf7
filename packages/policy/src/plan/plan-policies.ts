import type { GateStates } from "@antrea/api";
import { policyComputation } from "../computation/computation.ts";
import type { PolicyComputation } from "../computation/interface.ts";
import type { PodRecord, PolicyRecord } from "../computation/records.ts";
import type { PolicySource } from "../model.ts";
import type { Cluster, ClusterObjects } from "../reference/index.ts";
import { type RecordKind, recordInputs } from "../records/index.ts";
import { judge, type Manifest, type PlannedObject, type Step } from "./judge.ts";
import { plannedKinds } from "./kinds.ts";
import { KnownObjects, type NamedRecord } from "./known-objects.ts";
import { type PairsPlan, planPairs } from "./pairs.ts";
import { sampleOf } from "./sample.ts";
import { type PolicyScope, scopeOf } from "./scope.ts";
import { followShares, type NodeShare } from "./shares.ts";

export interface PolicyPlanInput {
  /** The cluster's objects, as its API server lists them. */
  readonly cluster: ClusterObjects;
  readonly manifest: Manifest;
  /** The controller's. */
  readonly gates: GateStates;
}

/** What a manifest of policies would change in a cluster. */
export interface PolicyPlan {
  /** Each object of the manifest, in its order. */
  readonly objects: readonly PlannedObject[];
  /** The Nodes that would be told something. */
  readonly nodes: readonly PlannedNode[];
  readonly pairs: PairsPlan;
  /** What would not be enforced as it is written, and what of the cluster could not be read; each a sentence. */
  readonly problems: readonly string[];
}

export interface PlannedNode extends NodeShare {
  /** Pods on it that the changed policies are for, or were. */
  readonly pods: readonly string[];
}

/**
 * Computes the policies of the cluster as the controller does, judges the manifest as its webhooks do, tells
 * the computation of what is accepted, and notes what Nodes would be told. Nothing else is asked or changed.
 */
export async function planPolicies({
  cluster,
  manifest,
  gates,
}: PolicyPlanInput): Promise<PolicyPlan> {
  const { known, problems } = knownOf(cluster, gates);
  const computation = policyComputation();
  computation.update((told) => known.tell(told));
  const before = snapshotOf(known);
  const { objects, steps } = await judge(known, manifest, gates);
  const after = snapshotOf(known);
  const first = scopeOf(computation, namedBy(steps));
  const shares = followShares(computation);
  computation.update((told) => {
    for (const { kind, name, record } of steps)
      if (record) recordInputs[kind].set(told, record);
      else recordInputs[kind].remove(told, name);
  });
  const touched = new Set([...shares.policies, ...namedBy(steps)]);
  const scope = united(first, scopeOf(computation, touched));
  const sources = new Map(
    [...before.policies, ...after.policies].map((one) => [one.uid, sourceOf(one)]),
  );
  return {
    objects,
    nodes: withPods(shares.nodes(sources), scope, before.pods),
    pairs: pairsOf({ computation, scope, touched, before, after }),
    problems: [...problems, ...unenforced(computation, shares.policies, sources)],
  };
}

type Snapshot = Omit<Cluster, "policies"> & { readonly policies: readonly PolicyRecord[] };

/** Kinds whose gates are closed are not there for the controller either. */
function knownOf(cluster: ClusterObjects, gates: GateStates) {
  const known = new KnownObjects();
  const closed = new Set<string>(
    plannedKinds.flatMap(({ record, gate }) => (gate && !gates[gate] ? [record] : [])),
  );
  const problems = (Object.keys(recordInputs) as RecordKind[])
    .filter((kind) => !closed.has(kind))
    .flatMap((kind) => cluster[kind].flatMap((object) => known.read(kind, object) ?? []));
  return { known, problems: problems.map((problem) => `Not counted: ${problem}`) };
}

const policyRecordKinds = [
  ...(["networkPolicies", "antreaClusterPolicies", "antreaPolicies"] as const),
  ...(["adminPolicies", "baselineAdminPolicies", "clusterPolicies"] as const),
];

function snapshotOf(known: KnownObjects): Snapshot {
  return {
    namespaces: known.records("namespaces"),
    pods: known.records("pods"),
    nodes: known.records("nodes"),
    services: known.records("services"),
    tiers: known.records("tiers"),
    groups: [
      ...known.records<Snapshot["groups"][number]>("clusterGroups"),
      ...known.records<Snapshot["groups"][number]>("groups"),
    ],
    policies: policyRecordKinds.flatMap((kind) => known.records<PolicyRecord>(kind)),
  };
}

/** The UIDs of policies that the manifest itself names. */
function namedBy(steps: readonly Step[]): readonly string[] {
  return steps.flatMap(({ record, before = record }) =>
    before && "uid" in before ? [(before as NamedRecord & PolicyRecord).uid] : [],
  );
}

function sourceOf({ kind, namespace, name, uid }: PolicyRecord): PolicySource {
  return { kind, namespace, name, uid };
}

function united(a: PolicyScope, b: PolicyScope): PolicyScope {
  return {
    subjects: new Map([...a.subjects, ...b.subjects]),
    peers: new Map([...a.peers, ...b.peers]),
    blocks: [...a.blocks, ...b.blocks],
    services: [...a.services, ...b.services],
  };
}

function withPods(
  nodes: readonly NodeShare[],
  { subjects }: PolicyScope,
  pods: readonly PodRecord[],
): readonly PlannedNode[] {
  const byNode = new Map<string, string[]>();
  for (const { namespace, name, nodeName = "" } of pods) {
    const key = `${namespace}/${name}`;
    if (!subjects.has(key)) continue;
    const names = byNode.get(nodeName) ?? [];
    byNode.set(nodeName, names);
    names.push(key);
  }
  return nodes.map((one) => ({ ...one, pods: (byNode.get(one.node) ?? []).sort() }));
}

function unenforced(
  computation: PolicyComputation,
  uids: Iterable<string>,
  sources: ReadonlyMap<string, PolicySource>,
): readonly string[] {
  return [...uids].flatMap((uid) => {
    const { kind, namespace, name } = sources.get(uid) ?? { kind: "", namespace: "", name: uid };
    const called = `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`;
    return computation.problems(uid).map((problem) => `${called}: ${problem}`);
  });
}

/** Policies that are for nobody in the sample decide nothing about it. */
function pairsOf({
  computation,
  scope,
  touched,
  before,
  after,
}: {
  readonly computation: PolicyComputation;
  readonly scope: PolicyScope;
  readonly touched: ReadonlySet<string>;
  readonly before: Snapshot;
  readonly after: Snapshot;
}): PairsPlan {
  const sample = sampleOf(scope, before);
  const applied = sample.ends.flatMap(({ pod }) =>
    pod ? (computation.endpoint(pod)?.applied ?? []).map(({ uid }) => uid) : [],
  );
  const decisive = new Set([...touched, ...applied]);
  const reduced = (all: Snapshot): Snapshot => ({
    ...all,
    policies: all.policies.filter(({ uid }) => decisive.has(uid)),
  });
  return planPairs(sample, reduced(before), reduced(after));
}
