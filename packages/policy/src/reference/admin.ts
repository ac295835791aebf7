import type {
  AdminPolicy,
  AdminPolicyEgressPeer,
  AdminPolicyPort,
  BaselineAdminPolicy,
  KubernetesClusterPolicyProtocol,
  KubernetesClusterPolicySpec,
} from "@antrea/api";
import { cidrContains } from "@antrea/net";
import type {
  AdminPolicyRecord,
  BaselineAdminPolicyRecord,
  KubernetesClusterPolicyRecord,
} from "../computation/records.ts";
import type { Direction, RuleAction } from "../model.ts";
import type { Cluster, Written } from "./cluster.ts";
import { isSelectedPod } from "./groups.ts";
import { isPort } from "./kubernetes.ts";
import { selects } from "./labels.ts";
import type { Endpoint, Traffic } from "./packet.ts";
import type { ReferenceRule, RuleSet } from "./rule.ts";

type Policy = Written<
  AdminPolicyRecord | BaselineAdminPolicyRecord | KubernetesClusterPolicyRecord
>;
/** A kind of traffic as a question; undefined where this version of the API does not know it. */
type TrafficKind = ((traffic: Traffic, destination: Endpoint) => boolean) | undefined;
/** A rule of any of the three kinds. */
interface Rule {
  readonly direction: Direction;
  readonly index: number;
  readonly name?: string | undefined;
  readonly action: "Allow" | "Accept" | "Deny" | "Pass";
  readonly peers: readonly AdminPolicyEgressPeer[];
  readonly kinds: readonly TrafficKind[];
}

/** The three kinds of policy.networking.k8s.io, as the documentation of their fields has them. */
export function adminRules(cluster: Cluster, policy: Policy): RuleSet {
  const rules =
    policy.kind === "K8sClusterNetworkPolicy"
      ? clusterPolicyRules(policy.spec)
      : bothLists(policy.spec);
  return { rules: rules.map((rule) => adminRule(cluster, policy, rule)), isolations: [] };
}

function bothLists(spec: AdminPolicy["spec"] | BaselineAdminPolicy["spec"]): readonly Rule[] {
  const { ingress = [], egress = [] } = spec;
  const kinds = (ports: readonly AdminPolicyPort[] = []) => ports.map(kindOfPort);
  return [
    ...ingress.map(
      ({ from, ports, ...rest }, index): Rule => ({
        ...rest,
        index,
        direction: "In",
        peers: from,
        kinds: kinds(ports),
      }),
    ),
    ...egress.map(
      ({ to, ports, ...rest }, index): Rule => ({
        ...rest,
        index,
        direction: "Out",
        peers: to,
        kinds: kinds(ports),
      }),
    ),
  ];
}

function clusterPolicyRules(spec: KubernetesClusterPolicySpec): readonly Rule[] {
  const { ingress = [], egress = [] } = spec;
  const kinds = (protocols: readonly KubernetesClusterPolicyProtocol[] = []) =>
    protocols.map(kindOfProtocol);
  return [
    ...ingress.map(
      ({ from, protocols, ...rest }, index): Rule => ({
        ...rest,
        index,
        direction: "In",
        peers: from,
        kinds: kinds(protocols),
      }),
    ),
    ...egress.map(
      ({ to, protocols, ...rest }, index): Rule => ({
        ...rest,
        index,
        direction: "Out",
        peers: to,
        kinds: kinds(protocols),
      }),
    ),
  ];
}

function adminRule(cluster: Cluster, policy: Policy, rule: Rule): ReferenceRule {
  const { kind, namespace, name } = policy;
  const { direction, index, name: ruleName = "", peers, kinds } = rule;
  const isUnknown = failsClosed(rule);
  const isShut = isUnknown && actionOf(rule) !== "Allow";
  return {
    name: {
      ...{ kind, namespace, name, direction, index, rule: ruleName },
      action: isShut ? "Drop" : actionOf(rule),
    },
    ...placeOf(policy),
    isFor: (subject) => isSubject(cluster, policy, subject),
    speaksOf: (peer) => (isUnknown ? isShut : peers.some((one) => isPeer(cluster, one, peer))),
    selects: (peer) => peers.some((one) => !one.networks && isPeer(cluster, one, peer)),
    carries: (traffic, destination) =>
      isShut || kinds.length === 0 || kinds.some((one) => one?.(traffic, destination)),
  };
}

/** The numbers that Antrea gives these kinds among its tiers. */
function placeOf(policy: Policy): Pick<ReferenceRule, "stage" | "standing"> {
  if (policy.kind === "AdminNetworkPolicy")
    return { stage: "ordered", standing: [251, policy.spec.priority] };
  if (policy.kind === "BaselineAdminNetworkPolicy")
    return { stage: "baseline", standing: [254, 0] };
  const { tier, priority } = policy.spec;
  return tier === "Admin"
    ? { stage: "ordered", standing: [220, priority] }
    : { stage: "baseline", standing: [254, priority] };
}

function actionOf({ action }: Rule): RuleAction {
  if (action === "Deny") return "Drop";
  return action === "Accept" ? "Allow" : action;
}

/**
 * A part with no field set is of a version of the API that this one does not know. The documentation
 * asks for a rule that then allows nothing, or denies everything.
 */
function failsClosed({ peers, kinds }: Rule): boolean {
  const isUnknown = peers.some((one) => Object.keys(one).length === 0);
  return isUnknown || peers.length === 0 || kinds.includes(undefined);
}

function isSubject(cluster: Cluster, { spec: { subject } }: Policy, who: Endpoint): boolean {
  return isPodPeer(cluster, subject, who);
}

function isPodPeer(
  cluster: Cluster,
  { namespaces, pods }: Pick<AdminPolicyEgressPeer, "namespaces" | "pods">,
  who: Endpoint,
): boolean {
  if (namespaces) return isSelectedPod(cluster, { namespaceSelector: namespaces }, "", who);
  return pods !== undefined && isSelectedPod(cluster, pods, "", who);
}

/** Names of DNS are nobody here. */
function isPeer(cluster: Cluster, one: AdminPolicyEgressPeer, peer: Endpoint): boolean {
  if (one.nodes) return peer.node !== undefined && selects(one.nodes, peer.node.labels);
  if (one.networks) return one.networks.some((cidr) => cidrContains(cidr, peer.address));
  return isPodPeer(cluster, one, peer);
}

function kindOfPort({ portNumber, portRange, namedPort }: AdminPolicyPort): TrafficKind {
  if (portNumber) return (traffic, to) => isPort(portNumber, traffic, to);
  if (namedPort !== undefined) return (traffic, to) => isNamed(namedPort, traffic, to);
  if (!portRange) return undefined;
  const { protocol, start, end } = portRange;
  return (traffic, to) => isPort({ protocol, port: start, endPort: end }, traffic, to);
}

function kindOfProtocol(one: KubernetesClusterPolicyProtocol): TrafficKind {
  const { destinationNamedPort: named } = one;
  if (named !== undefined) return (traffic, to) => isNamed(named, traffic, to);
  const known = [
    ["TCP", one.tcp],
    ["UDP", one.udp],
    ["SCTP", one.sctp],
  ] as const;
  const [found] = known.filter(([, ports]) => ports !== undefined);
  if (!found) return undefined;
  const [protocol, ports] = found;
  const { number, range } = ports?.destinationPort ?? {};
  if (ports?.destinationPort && number === undefined && !range) return undefined;
  return (traffic, to) =>
    isPort({ protocol, port: number ?? range?.start, endPort: range?.end }, traffic, to);
}

/** The protocol is that of the container's port. */
function isNamed(name: string, traffic: Traffic, to: Endpoint): boolean {
  return (["TCP", "UDP", "SCTP"] as const).some((protocol) =>
    isPort({ protocol, port: name }, traffic, to),
  );
}
