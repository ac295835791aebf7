import type {
  AntreaAppliedTo,
  AntreaEgressRule,
  AntreaIngressRule,
  AntreaPeer,
  AntreaPort,
  AntreaProtocol,
} from "@antrea/api";
import type { AntreaPolicyRecord } from "../computation/records.ts";
import type { Direction } from "../model.ts";
import { type Cluster, namespaceLabels, type Written } from "./cluster.ts";
import { hasSubjects, isMember, isSelectedPod, withoutBlocks } from "./groups.ts";
import { isInBlock, isPort } from "./kubernetes.ts";
import { selects, valueOf } from "./labels.ts";
import type { Endpoint, Traffic } from "./packet.ts";
import type { ReferenceRule, RuleSet } from "./rule.ts";

type Policy = Written<AntreaPolicyRecord>;
type Rule = AntreaIngressRule | AntreaEgressRule;

/** The tiers that always exist, by Antrea's documentation. */
const builtInTiers: Readonly<Record<string, number>> = {
  emergency: 50,
  securityops: 100,
  networkops: 150,
  platform: 200,
  application: 250,
  baseline: 253,
};

/** What names in a policy mean: `home` is its Namespace, empty for one of the cluster. */
interface Scope {
  readonly cluster: Cluster;
  readonly home: string;
  /** Whether networks count, or labels only. */
  readonly hasBlocks: boolean;
}

const byLabels = ({ cluster, home }: Scope): Scope => ({
  cluster: withoutBlocks(cluster),
  home,
  hasBlocks: false,
});

/** An Antrea policy: of the cluster where `namespace` is empty. One whose Tier is missing is asked where those without one are. */
export function antreaRules(cluster: Cluster, policy: Policy): RuleSet {
  const { ingress = [], egress = [], tier = "application" } = policy.spec;
  const tierPriority =
    valueOfTier(tier) ?? cluster.tiers.find(({ name }) => name === tier)?.priority ?? 250;
  const ruleOf = (at: Place): ReferenceRule => antreaRule(cluster, policy, tierPriority, at);
  const rules = [
    ...ingress.map((rule, index) => ruleOf({ direction: "In", rule, index })),
    ...egress.map((rule, index) => ruleOf({ direction: "Out", rule, index })),
  ];
  return { rules, isolations: [] };
}

const valueOfTier = (name: string): number | undefined =>
  Object.hasOwn(builtInTiers, name) ? builtInTiers[name] : undefined;

interface Place {
  readonly direction: Direction;
  readonly rule: Rule;
  readonly index: number;
}

function antreaRule(
  cluster: Cluster,
  { kind, namespace: home, name, spec }: Policy,
  tier: number,
  { direction, rule, index }: Place,
): ReferenceRule {
  const scope = { cluster, home, hasBlocks: true };
  const appliedTo = rule.appliedTo?.length ? rule.appliedTo : (spec.appliedTo ?? []);
  const { ports = [], protocols = [], action } = rule;
  return {
    name: { kind, namespace: home, name, direction, index, rule: rule.name ?? "", action },
    stage: tier >= 253 ? "baseline" : "ordered",
    standing: [tier, spec.priority],
    isFor: (subject) => appliedTo.some((one) => isAppliedTo(byLabels(scope), one, subject)),
    speaksOf: (peer, subject) => speaksOf(scope, rule, peer, subject),
    selects: (peer, subject) => speaksOf(byLabels(scope), rule, peer, subject),
    carries: (traffic, destination) =>
      ports.length + protocols.length === 0 ||
      ports.some((port) => isAntreaPort(port, traffic, destination)) ||
      protocols.some((protocol) => isProtocol(protocol, traffic)),
  };
}

/** Each entry says one thing; who is in a group by its address alone is nobody to be for. Services are the concern of whoever comes from outside to a Node's port. */
function isAppliedTo({ cluster, home }: Scope, one: AntreaAppliedTo, subject: Endpoint): boolean {
  const { group, serviceAccount, nodeSelector } = one;
  if (!isInside(home, subject)) return false;
  if (group !== undefined)
    return hasSubjects(cluster, group, home) && isMember(cluster, group, home, subject);
  if (serviceAccount) return runsAs(serviceAccount, subject);
  if (nodeSelector) return subject.node !== undefined && selects(nodeSelector, subject.node.labels);
  return isSelectedPod(cluster, one, home, subject);
}

/** A policy of a Namespace is for that Namespace, whatever it says. */
const isInside = (home: string, { pod }: Endpoint): boolean =>
  home === "" || pod?.namespace === home;

function speaksOf(scope: Scope, rule: Rule, peer: Endpoint, subject: Endpoint): boolean {
  // Traffic to a Service is told by its balancing, of which this evaluator knows nothing.
  if ("toServices" in rule && rule.toServices?.length) return false;
  const peers =
    ("from" in rule ? rule.from : undefined) ?? ("to" in rule ? rule.to : undefined) ?? [];
  return peers.length === 0 || peers.some((one) => isPeer(scope, one, peer, subject));
}

/** Each entry says one thing; one that says nothing is nobody. Names of DNS and other clusters are nobody here. */
function isPeer(
  { cluster, home, hasBlocks }: Scope,
  one: AntreaPeer,
  peer: Endpoint,
  subject: Endpoint,
): boolean {
  const { ipBlock, group, serviceAccount, nodeSelector, namespaces, podSelector } = one;
  if (ipBlock) return hasBlocks && isInBlock(ipBlock, peer);
  if (group !== undefined) return isMember(cluster, group, home, peer);
  if (serviceAccount) return runsAs(serviceAccount, peer);
  if (nodeSelector) return peer.node !== undefined && selects(nodeSelector, peer.node.labels);
  if (namespaces)
    return (
      isRelated(cluster, namespaces, peer, subject) &&
      (!podSelector || selects(podSelector, peer.pod?.labels ?? {}))
    );
  return isSelectedPod(cluster, one, home, peer);
}

/** Whether both are Pods, and their Namespaces the same, or alike in these labels, all of which both have. */
function isRelated(
  cluster: Cluster,
  { match, sameLabels = [] }: NonNullable<AntreaPeer["namespaces"]>,
  peer: Endpoint,
  subject: Endpoint,
): boolean {
  if (!peer.pod || !subject.pod) return false;
  if (match === "Self") return peer.pod.namespace === subject.pod.namespace;
  const theirs = namespaceLabels(cluster, peer.pod.namespace);
  const ours = namespaceLabels(cluster, subject.pod.namespace);
  const isAlike = (key: string): boolean =>
    valueOf(ours, key) !== undefined && valueOf(ours, key) === valueOf(theirs, key);
  return sameLabels.length > 0 && sameLabels.every(isAlike);
}

function runsAs(
  { name, namespace }: { readonly name: string; readonly namespace: string },
  { pod }: Endpoint,
): boolean {
  return pod?.namespace === namespace && pod.serviceAccount === name;
}

function isAntreaPort(port: AntreaPort, traffic: Traffic, destination: Endpoint): boolean {
  const { sourcePort, sourceEndPort = sourcePort } = port;
  if (!isPort(port, traffic, destination)) return false;
  if (sourcePort === undefined || sourceEndPort === undefined) return true;
  return (
    "sourcePort" in traffic &&
    sourcePort <= traffic.sourcePort &&
    traffic.sourcePort <= sourceEndPort
  );
}

function isProtocol({ icmp, igmp }: AntreaProtocol, traffic: Traffic): boolean {
  const agrees = (wanted: number | undefined, seen: number): boolean =>
    wanted === undefined || wanted === seen;
  if (traffic.protocol === "ICMP" && icmp)
    return agrees(icmp.icmpType, traffic.icmpType) && agrees(icmp.icmpCode, traffic.icmpCode);
  return traffic.protocol === "IGMP" && igmp ? agrees(igmp.igmpType, traffic.igmpType) : false;
}
