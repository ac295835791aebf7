import type { IpAddress } from "@antrea/net";
import type { GroupMember, IpBlock, NetworkPolicy, PolicyRule } from "@antrea/policy";
import type { LocalPod } from "./local-pods.ts";
import {
  hasNamedPort,
  type NumberedService,
  numberedServices,
  portVariants,
} from "./named-ports.ts";
import { addressGroupsOf, appliedToOf, type RulePlace } from "./rule-keys.ts";

/** What rules are joined with. */
export interface JoinSources {
  appliedToMembers(group: string): Iterable<GroupMember>;
  addressMembers(group: string): Iterable<GroupMember>;
  portsOf(member: GroupMember): readonly LocalPod[];
}

/** One rule for the switch: where a name of a port stands for several numbers, a rule of a policy becomes several. */
export interface JoinedRule {
  /** Which of those that one rule became; empty where it is one. */
  readonly variant: string;
  readonly appliedTo: readonly LocalPod[];
  /** The Node itself is among those whom it is for. */
  readonly isForNode: boolean;
  readonly peer: {
    readonly addresses: readonly IpAddress[];
    readonly ipBlocks: readonly IpBlock[];
  };
  readonly services: readonly NumberedService[] | "all";
}

/** The Pods of this Node whom a part of a policy is for, each once. */
export function appliedPods(
  policy: NetworkPolicy,
  place: RulePlace,
  sources: JoinSources,
): readonly LocalPod[] {
  return portsOf(appliedMembers(policy, place, sources), sources);
}

/** A rule with its groups resolved. Those that come to nobody, of nobody or to no service are left out. */
export function joinRule(
  policy: NetworkPolicy,
  rule: PolicyRule,
  sources: JoinSources,
): readonly JoinedRule[] {
  const place: RulePlace = { kind: "rule", rule };
  const applied = appliedMembers(policy, place, sources);
  const peers = membersOf(addressGroupsOf(place), (group) => sources.addressMembers(group));
  const joined = hasNamedPort(rule.services)
    ? rule.direction === "In"
      ? joinIngressNames(rule, applied, peers, sources)
      : joinEgressNames(rule, applied, peers, sources)
    : [join(rule, subjectsOf(applied, sources), peers, numberedServices(rule.services))];
  return joined.filter(isForSomebody);
}

/** Names are those of the containers that the rule is for. */
function joinIngressNames(
  rule: PolicyRule,
  applied: readonly GroupMember[],
  peers: readonly GroupMember[],
  sources: JoinSources,
): readonly JoinedRule[] {
  return portVariants(rule.services, applied).map(({ variant, services, members }) => ({
    ...join(rule, subjectsOf(members, sources), peers, services),
    variant,
  }));
}

/** Names are those of the containers that are sent to; whoever is known by address alone has none. */
function joinEgressNames(
  rule: PolicyRule,
  applied: readonly GroupMember[],
  peers: readonly GroupMember[],
  sources: JoinSources,
): readonly JoinedRule[] {
  const subjects = subjectsOf(applied, sources);
  const byName = portVariants(rule.services, peers).map(({ variant, services, members }) => ({
    ...join(rule, subjects, members, services),
    variant,
    peer: { addresses: addressesOf(members), ipBlocks: [] },
  }));
  const byNumber = numberedServices(rule.services);
  if (byNumber.length === 0 || rule.peer.ipBlocks.length === 0) return byName;
  return [...byName, join(rule, subjects, [], byNumber)];
}

type Subjects = Pick<JoinedRule, "appliedTo" | "isForNode">;

/** A Node is told of no other Node than itself. */
function subjectsOf(members: readonly GroupMember[], sources: JoinSources): Subjects {
  return {
    appliedTo: portsOf(members, sources),
    isForNode: members.some(({ node }) => node !== undefined),
  };
}

function join(
  rule: PolicyRule,
  subjects: Subjects,
  peers: readonly GroupMember[],
  services: readonly NumberedService[],
): JoinedRule {
  return {
    variant: "",
    ...subjects,
    peer: { addresses: addressesOf(peers), ipBlocks: rule.peer.ipBlocks },
    services: rule.services.length === 0 ? "all" : services,
  };
}

function isForSomebody({ appliedTo, isForNode, peer, services }: JoinedRule): boolean {
  const isPeered = peer.addresses.length > 0 || peer.ipBlocks.length > 0;
  return (appliedTo.length > 0 || isForNode) && isPeered && services.length > 0;
}

function appliedMembers(
  policy: NetworkPolicy,
  place: RulePlace,
  sources: JoinSources,
): readonly GroupMember[] {
  return membersOf(appliedToOf(policy, place), (group) => sources.appliedToMembers(group));
}

function membersOf(
  groups: readonly string[],
  get: (group: string) => Iterable<GroupMember>,
): readonly GroupMember[] {
  return groups.flatMap((group) => [...get(group)]);
}

function portsOf(members: readonly GroupMember[], sources: JoinSources): readonly LocalPod[] {
  const pods = members.flatMap((member) => sources.portsOf(member));
  return [...new Map(pods.map((pod) => [pod.hostName, pod])).values()].sort((a, b) =>
    a.hostName < b.hostName ? -1 : 1,
  );
}

function addressesOf(members: readonly GroupMember[]): readonly IpAddress[] {
  return [...new Set(members.flatMap(({ ips }) => ips))].sort();
}
