import type { Cidr, IpAddress } from "@antrea/net";

/**
 * Policies as agents enforce them: one form for every kind that people write. Selectors have become
 * groups with members, tiers have become numbers, and each rule says whom it is for.
 * The words are those of Antrea's group `controlplane.antrea.io`.
 */

/** The kinds that people write, by the names that Antrea gives them in status, logs and `antctl`. */
export const policyKinds = [
  "K8sNetworkPolicy",
  "AntreaClusterNetworkPolicy",
  "AntreaNetworkPolicy",
  "AdminNetworkPolicy",
  "BaselineAdminNetworkPolicy",
  "K8sClusterNetworkPolicy",
] as const;
export type PolicyKind = (typeof policyKinds)[number];

/** The object that a policy was made of. */
export interface PolicySource {
  readonly kind: PolicyKind;
  /** Empty for kinds of the cluster. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** As logs, tables and statuses name the object that a policy was made of: "K8sNetworkPolicy:shop/web". */
export function sourceText(
  source: Pick<PolicySource, "namespace" | "name"> & { readonly kind: string },
): string {
  const { kind, namespace, name } = source;
  return `${kind}:${namespace === "" ? name : `${namespace}/${name}`}`;
}

export type Direction = "In" | "Out";
/** `Pass` goes on behind the tiers of Antrea: to Kubernetes' own policies. */
export type RuleAction = "Allow" | "Drop" | "Reject" | "Pass";

export interface PodReference {
  readonly namespace: string;
  readonly name: string;
}

/** A port of a container that has a name. */
export interface NamedPort {
  readonly name: string;
  readonly port: number;
  readonly protocol: PortProtocol;
}

/** A Pod or a Node in a group; a group holds it once, whatever its number of addresses. */
export interface GroupMember {
  readonly pod?: PodReference | undefined;
  /** The name of a Node. */
  readonly node?: string | undefined;
  /** Empty in an AppliedToGroup: the Node of the Pod knows them best. */
  readonly ips: readonly IpAddress[];
  readonly ports: readonly NamedPort[];
}

/** The key of a member within its group. */
export function memberKey({ pod, node }: GroupMember): string {
  return pod ? `pod:${pod.namespace}/${pod.name}` : `node:${node}`;
}

/**
 * Says of a Pod of a Node that all which applied to it when the controller first saw it has been told:
 * the Pod may be connected once that is in force (decision 38). There is one for each Pod that is bound to the
 * Node, is not finished and is not on the Node's own network, whether policies select it or not.
 */
export interface PodReceipt {
  /**
   * Its name: the Pod's UID, as the kubelet knows it. That of a static Pod is not its object's, but what its
   * annotation `kubernetes.io/config.mirror` says.
   */
  readonly uid: string;
  readonly pod: PodReference;
}

/** Whom rules speak of as peers. Equal selectors share one group. */
export interface AddressGroup {
  readonly name: string;
  readonly members: readonly GroupMember[];
}

/** Whom rules are for. A Node is sent the members on itself only. */
export interface AppliedToGroup {
  readonly name: string;
  readonly members: readonly GroupMember[];
}

export interface IpBlock {
  readonly cidr: Cidr;
  /** Parts of `cidr` that it does not stand for; they may lie in one another. */
  readonly except: readonly Cidr[];
}

/** The other side of a rule: any of these. One with neither is nobody; anybody is `anyPeer`. */
export interface RulePeer {
  readonly addressGroups: readonly string[];
  readonly ipBlocks: readonly IpBlock[];
}

export const anyPeer: RulePeer = {
  addressGroups: [],
  ipBlocks: [
    { cidr: "0.0.0.0/0" as Cidr, except: [] },
    { cidr: "::/0" as Cidr, except: [] },
  ],
};
export const nobody: RulePeer = { addressGroups: [], ipBlocks: [] };

export type PortProtocol = "TCP" | "UDP" | "SCTP";

/** What kind of traffic: any of a rule's services; without any, all traffic. */
export type RuleService =
  | {
      readonly protocol: PortProtocol;
      /** Of the destination. A name stands for what the destination's own containers call so. All, where undefined. */
      readonly port?: number | string | undefined;
      /** The last of a range that begins with `port`. */
      readonly endPort?: number | undefined;
      readonly srcPort?: number | undefined;
      readonly srcEndPort?: number | undefined;
    }
  | {
      /** ICMP for IPv4 and ICMPv6 for IPv6. */
      readonly protocol: "ICMP";
      readonly icmpType?: number | undefined;
      readonly icmpCode?: number | undefined;
    }
  | {
      readonly protocol: "IGMP";
      readonly igmpType?: number | undefined;
      readonly groupAddress?: IpAddress | undefined;
    };

export interface PolicyRule {
  readonly direction: Direction;
  /** `from` of an ingress rule, `to` of an egress rule. */
  readonly peer: RulePeer;
  readonly services: readonly RuleService[];
  readonly action: RuleAction;
  /** The place in its policy's list for the direction, from 0; the first that matches decides. -1 for Kubernetes' own, which have no order. */
  readonly priority: number;
  readonly name: string;
  readonly enableLogging: boolean;
  readonly logLabel: string;
  /** Where empty, the policy's. */
  readonly appliedToGroups: readonly string[];
}

/**
 * A policy of any kind. One of Kubernetes' own isolates: whom it is applied to gets, in the directions
 * that `isolates` names, nothing but what some policy allows.
 */
export interface NetworkPolicy {
  /** Its name: the UID of its source. */
  readonly uid: string;
  readonly source: PolicySource;
  /** Of the source object, to tell which of its states is in force. */
  readonly generation: number;
  /** Where tiers are: 0 to 255, the lowest first. Undefined for Kubernetes' own, which come between 251 and 253. */
  readonly tierPriority?: number | undefined;
  /** Within the tier, the lowest first; 1 to 10000 with decimals, or a whole number from 0 for the kinds of policy.networking.k8s.io. */
  readonly priority?: number | undefined;
  readonly isolates: readonly Direction[];
  /** Connections that it forbids are ended once it is in force: its author says so by annotation. */
  readonly endsConnections?: true | undefined;
  /** Empty where each rule has its own. */
  readonly appliedToGroups: readonly string[];
  readonly rules: readonly PolicyRule[];
}

/** The tier numbers that decide where a policy is asked (Antrea: docs/antrea-network-policy.md). */
export const tierPriorities = {
  emergency: 50,
  securityops: 100,
  networkops: 150,
  platform: 200,
  clusterAdmin: 220,
  application: 250,
  admin: 251,
  baseline: 253,
  baselineAdmin: 254,
} as const;

/** Asked after Kubernetes' own policies, and only of whom none of these isolates. */
export function isBaseline(tierPriority: number): boolean {
  return tierPriority >= tierPriorities.baseline;
}
