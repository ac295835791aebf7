import { groupReferences } from "../admission/index.ts";
import type { GroupRecord, PolicyRecord } from "../computation/records.ts";
import {
  type Cluster,
  type Decision,
  evaluator,
  reasonText,
  type Traffic,
  type Verdict,
} from "../reference/index.ts";
import type { Connection, End, Sample } from "./sample.ts";

/** Who would reach whom no more, and whom he would begin to reach. */
export interface PairsPlan {
  /** How many connections were judged. */
  readonly judged: number;
  /** Whether these were a part of all that the change could concern. */
  readonly isSample: boolean;
  readonly denied: PairChanges;
  readonly allowed: PairChanges;
}

export interface PairChanges {
  readonly connections: number;
  readonly pairs: number;
  /** The first of them. */
  readonly examples: readonly PairChange[];
}

export interface PairChange {
  readonly from: string;
  readonly to: string;
  /** "TCP 80", each. */
  readonly traffic: readonly string[];
  /** Who decides so. */
  readonly reason: string;
}

const mostExamples = 50;

/**
 * Judges each connection of a sample by the specifications, as the cluster is and as it would be. The evaluator shares
 * nothing with what computes the flows.
 */
export function planPairs(sample: Sample, before: Cluster, after: Cluster): PairsPlan {
  const [judgeBefore, judgeAfter] = [before, after].map((cluster) =>
    evaluator(around(cluster, sample.ends)),
  ) as [(packet: Connection["packet"]) => Verdict, (packet: Connection["packet"]) => Verdict];
  const denied: Judged[] = [];
  const allowed: Judged[] = [];
  for (const connection of sample.connections) {
    const was = judgeBefore(connection.packet);
    const is = judgeAfter(connection.packet);
    if (was.isDelivered && !is.isDelivered) denied.push({ connection, verdict: is });
    if (!was.isDelivered && is.isDelivered) allowed.push({ connection, verdict: is });
  }
  return {
    judged: sample.connections.length,
    isSample: sample.isPart,
    denied: changesOf(denied),
    allowed: changesOf(allowed),
  };
}

interface Judged {
  readonly connection: Connection;
  readonly verdict: Verdict;
}

function changesOf(all: readonly Judged[]): PairChanges {
  const pairs = Map.groupBy(all, ({ connection: { from, to } }) => `${from.name} ${to.name}`);
  return {
    connections: all.length,
    pairs: pairs.size,
    examples: [...pairs.values()].slice(0, mostExamples).map(changeOf),
  };
}

function changeOf(all: readonly Judged[]): PairChange {
  const [{ connection, verdict }] = all as [Judged, ...Judged[]];
  return {
    from: connection.from.name,
    to: connection.to.name,
    traffic: [...new Set(all.map((one) => trafficText(one.connection.packet.traffic)))],
    reason: reasonOf(verdict),
  };
}

/** Where both ends allow, the one that says so by a rule is who opened it. */
function reasonOf({ egress, ingress }: Verdict): string {
  const denial = [egress, ingress].find(({ action }) => action !== "Allow");
  const rule = [egress, ingress].find(({ by }) => by.kind === "rule");
  return reasonText(((denial ?? rule ?? ingress) satisfies Decision).by);
}

function trafficText(traffic: Traffic): string {
  return "destinationPort" in traffic
    ? `${traffic.protocol} ${traffic.destinationPort}`
    : traffic.protocol;
}

/** As much of the cluster as the verdicts on these ends depend on. */
function around(cluster: Cluster, ends: readonly End[]): Cluster {
  const pods = ends.flatMap(({ pod }) => pod ?? []);
  const hosts = new Set(pods.map(({ nodeName }) => nodeName));
  const named = new Set(ends.map(({ node }) => node?.name));
  const homes = new Set(pods.map(({ namespace }) => namespace));
  return {
    ...cluster,
    pods,
    nodes: cluster.nodes.filter(({ name }) => hosts.has(name) || named.has(name)),
    namespaces: cluster.namespaces.filter(({ name }) => homes.has(name)),
    groups: groupsOf(cluster),
  };
}

/** The groups that the policies speak of, and their children. */
function groupsOf({ policies, groups }: Cluster): readonly GroupRecord[] {
  const byName = new Map(groups.map((group) => [`${group.namespace}/${group.name}`, group]));
  const wanted = new Set<GroupRecord>();
  const add = (namespace: string, name: string): GroupRecord | undefined => {
    const group = byName.get(`${namespace}/${name}`);
    if (group) wanted.add(group);
    return group;
  };
  for (const { kind, namespace, spec } of policies as readonly PolicyRecord[]) {
    if (kind !== "AntreaClusterNetworkPolicy" && kind !== "AntreaNetworkPolicy") continue;
    for (const { group } of groupReferences(spec))
      for (const child of add(namespace, group)?.spec.childGroups ?? []) add(namespace, child);
  }
  return [...wanted];
}
