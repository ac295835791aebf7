import { cidrContains } from "@antrea/net";
import type { Computed } from "../../computed.ts";
import {
  type Direction,
  type GroupMember,
  isBaseline,
  type NamedPort,
  type NetworkPolicy,
  type PolicyRule,
  type RulePeer,
  type RuleService,
} from "../../model.ts";
import type { Cluster } from "../cluster.ts";
import { type Endpoint, endpointAt, type Packet, type Traffic } from "../packet.ts";

/** What the computed form says; `by` names policy and rule where a rule with an order decided. */
export interface Outcome {
  readonly action: "Allow" | "Drop" | "Reject";
  readonly by: string;
}

/**
 * Follows the documentation of the form that agents enforce, as the Node of the Pod in question is told
 * it, without regard to speed. The cluster serves only to find out whose addresses a packet has.
 */
export function interpret(
  computed: Computed,
  cluster: Cluster,
  packet: Packet,
  direction: Direction,
): Outcome {
  const ends = [packet.source, packet.destination].map((one) => endpointAt(cluster, one));
  const [subject, peer] = direction === "Out" ? ends : ends.toReversed();
  if (!subject?.pod?.nodeName || !peer) return { action: "Allow", by: "nobody" };
  if (subject.address === peer.address) return { action: "Allow", by: "itself" };
  const isOwnNode = direction === "In" && subject.pod.nodeName === peer.node?.name;
  if (isOwnNode) return { action: "Allow", by: "own node" };
  const view = { computed, node: subject.pod.nodeName, subject, peer, packet, direction };
  return settle(view, policiesOf(view));
}

interface View {
  readonly computed: Computed;
  readonly node: string;
  readonly subject: Endpoint;
  readonly peer: Endpoint;
  readonly packet: Packet;
  readonly direction: Direction;
}

function policiesOf({ computed, node }: View): readonly NetworkPolicy[] {
  return [...computed.networkPolicies.namesFor(node)].map((name) =>
    required(computed.networkPolicies.forNode(name, node), `policy ${name}`),
  );
}

function settle(view: View, all: readonly NetworkPolicy[]): Outcome {
  const isOwn = ({ tierPriority }: NetworkPolicy): boolean => tierPriority === undefined;
  const ordered = all.filter(
    (one) => one.tierPriority !== undefined && !isBaseline(one.tierPriority),
  );
  const early = first(view, ordered);
  if (early && early.action !== "Pass") return { ...early, action: early.action };
  const own = all.filter(isOwn);
  if (first(view, own)) return { action: "Allow", by: "Kubernetes" };
  if (own.some((policy) => isolates(view, policy))) return { action: "Drop", by: "isolation" };
  const late = first(
    view,
    all.filter((one) => one.tierPriority !== undefined && isBaseline(one.tierPriority)),
  );
  return late && late.action !== "Pass"
    ? { ...late, action: late.action }
    : { action: "Allow", by: "default" };
}

function isolates(view: View, { isolates: directions, appliedToGroups }: NetworkPolicy): boolean {
  return directions.includes(view.direction) && isApplied(view, appliedToGroups);
}

/** The first rule that fits, in the order of tiers, priorities and places in lists. */
function first(view: View, policies: readonly NetworkPolicy[]) {
  const rules = policies.flatMap((policy) => policy.rules.map((rule) => ({ policy, rule })));
  const [found] = rules
    .filter(({ policy, rule }) => fits(view, policy, rule))
    .toSorted(
      (a, b) =>
        (a.policy.tierPriority ?? 0) - (b.policy.tierPriority ?? 0) ||
        (a.policy.priority ?? 0) - (b.policy.priority ?? 0) ||
        a.rule.priority - b.rule.priority,
    );
  return found && { action: found.rule.action, by: nameOf(found.policy, found.rule) };
}

function nameOf({ source }: NetworkPolicy, { priority }: PolicyRule): string {
  return `${source.kind}:${source.namespace}/${source.name}#${priority}`;
}

function fits(view: View, policy: NetworkPolicy, rule: PolicyRule): boolean {
  const applied = rule.appliedToGroups.length > 0 ? rule.appliedToGroups : policy.appliedToGroups;
  return (
    rule.direction === view.direction &&
    isApplied(view, applied) &&
    isPeer(view, rule.peer) &&
    (rule.services.length === 0 ||
      rule.services.some((service) =>
        carries(service, view.packet.traffic, portsOf(view, rule, applied)),
      ))
  );
}

function isApplied(view: View, groups: readonly string[]): boolean {
  return groups.some((name) => appliedMembers(view, name).some((one) => isPod(one, view.subject)));
}

function isPeer(view: View, { addressGroups, ipBlocks }: RulePeer): boolean {
  const { address } = view.peer;
  return (
    addressGroups.some((name) =>
      peerMembers(view, name).some(({ ips }) => ips.includes(address)),
    ) ||
    ipBlocks.some(
      ({ cidr, except }) =>
        cidrContains(cidr, address) && !except.some((one) => cidrContains(one, address)),
    )
  );
}

/** What the destination calls its ports: the rule's own subject for ingress, a member among its peers for egress. */
function portsOf(view: View, rule: PolicyRule, applied: readonly string[]): readonly NamedPort[] {
  const members =
    view.direction === "In"
      ? applied
          .flatMap((name) => appliedMembers(view, name))
          .filter((one) => isPod(one, view.subject))
      : rule.peer.addressGroups
          .flatMap((name) => peerMembers(view, name))
          .filter(({ ips }) => ips.includes(view.peer.address));
  return members.flatMap(({ ports }) => ports);
}

function carries(service: RuleService, traffic: Traffic, named: readonly NamedPort[]): boolean {
  switch (service.protocol) {
    case "ICMP":
      return (
        traffic.protocol === "ICMP" &&
        [undefined, traffic.icmpType].includes(service.icmpType) &&
        [undefined, traffic.icmpCode].includes(service.icmpCode)
      );
    case "IGMP":
      return (
        traffic.protocol === "IGMP" && [undefined, traffic.igmpType].includes(service.igmpType)
      );
    default:
      return (
        service.protocol === traffic.protocol &&
        isDestination(service, traffic, named) &&
        isSource(service, traffic)
      );
  }
}

type Ported = Extract<RuleService, { protocol: NamedPort["protocol"] }>;
type PortedTraffic = Extract<Traffic, { destinationPort: number }>;

function isDestination(
  { protocol, port, endPort }: Ported,
  { destinationPort: to }: PortedTraffic,
  named: readonly NamedPort[],
): boolean {
  if (port === undefined) return true;
  if (typeof port === "number") return port <= to && to <= (endPort ?? port);
  return named.some((one) => one.name === port && one.port === to && one.protocol === protocol);
}

function isSource(
  { srcPort, srcEndPort = srcPort }: Ported,
  { sourcePort }: PortedTraffic,
): boolean {
  if (srcPort === undefined || srcEndPort === undefined) return true;
  return srcPort <= sourcePort && sourcePort <= srcEndPort;
}

function isPod({ pod }: GroupMember, { pod: wanted }: Endpoint): boolean {
  return pod !== undefined && pod.namespace === wanted?.namespace && pod.name === wanted.name;
}

function appliedMembers({ computed, node }: View, name: string): readonly GroupMember[] {
  const group = computed.appliedToGroups.forNode(name, node);
  return group ? group.members : [];
}

/** A Node that has a rule must have all groups that it speaks of. */
function peerMembers({ computed, node }: View, name: string): readonly GroupMember[] {
  return required(computed.addressGroups.forNode(name, node), `group ${name}`).members;
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`The Node was not told of ${what}`);
  return value;
}
