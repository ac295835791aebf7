import type { IpBlockSpec, KubernetesPolicyPeer, KubernetesPolicyPort } from "@antrea/api";
import { cidrContains } from "@antrea/net";
import type { KubernetesPolicyRecord } from "../computation/records.ts";
import type { Direction, NamedPort } from "../model.ts";
import { type Cluster, namespaceLabels, type Written } from "./cluster.ts";
import { selects } from "./labels.ts";
import type { Endpoint, Traffic } from "./packet.ts";
import type { PolicyName, ReferenceRule, RuleSet } from "./rule.ts";

type Policy = Written<KubernetesPolicyRecord>;

/** A NetworkPolicy of networking.k8s.io/v1, as the documentation of its fields has it. */
export function kubernetesRules(cluster: Cluster, policy: Policy): RuleSet {
  const { kind, namespace, name, spec } = policy;
  const who: PolicyName = { kind, namespace, name };
  const isFor = ({ pod }: Endpoint): boolean =>
    pod?.namespace === namespace && selects(spec.podSelector, pod.labels);
  const directions = directionsOf(policy);
  const isIn = (direction: Direction): boolean => directions.includes(direction);
  const rule = (
    direction: Direction,
    index: number,
    peers: readonly KubernetesPolicyPeer[] = [],
    ports: readonly KubernetesPolicyPort[] = [],
  ): ReferenceRule => ({
    name: { ...who, direction, index, rule: "", action: "Allow" },
    stage: "kubernetes",
    standing: [0, 0],
    isFor,
    speaksOf: (peer) =>
      peers.length === 0 || peers.some((one) => isPeer(cluster, one, namespace, peer)),
    selects: (peer) =>
      peers.length === 0 ||
      peers.some((one) => !one.ipBlock && isPeer(cluster, one, namespace, peer)),
    carries: (traffic, destination) =>
      ports.length === 0 || ports.some((port) => isPort(port, traffic, destination)),
  });
  const ingress = isIn("In") ? (spec.ingress ?? []) : [];
  const egress = isIn("Out") ? (spec.egress ?? []) : [];
  return {
    rules: [
      ...ingress.map(({ from, ports }, i) => rule("In", i, from, ports)),
      ...egress.map(({ to, ports }, i) => rule("Out", i, to, ports)),
    ],
    isolations: directions.map((direction) => ({ policy: who, direction, isFor })),
  };
}

/** Where `policyTypes` is missing: ingress always, egress where there is a rule for it. */
function directionsOf({ spec }: Policy): readonly Direction[] {
  const { policyTypes = [], egress = [] } = spec;
  if (policyTypes.length === 0) return egress.length > 0 ? ["In", "Out"] : ["In"];
  const all = ["In", "Out"] as const;
  return all.filter((one) => policyTypes.includes(one === "In" ? "Ingress" : "Egress"));
}

/** A peer that names nobody is nobody: only the list of peers stands for all when it is empty. */
function isPeer(
  cluster: Cluster,
  { podSelector, namespaceSelector, ipBlock }: KubernetesPolicyPeer,
  home: string,
  peer: Endpoint,
): boolean {
  if (ipBlock) return isInBlock(ipBlock, peer);
  if (!peer.pod || (!podSelector && !namespaceSelector)) return false;
  const { namespace, labels } = peer.pod;
  const isNamespace = namespaceSelector
    ? selects(namespaceSelector, namespaceLabels(cluster, namespace))
    : namespace === home;
  return isNamespace && (podSelector === undefined || selects(podSelector, labels));
}

export function isInBlock({ cidr, except = [] }: IpBlockSpec, { address }: Endpoint): boolean {
  return cidrContains(cidr, address) && !except.some((one) => cidrContains(one, address));
}

export interface PortRange {
  readonly protocol?: "TCP" | "UDP" | "SCTP" | undefined;
  readonly port?: number | string | undefined;
  readonly endPort?: number | undefined;
}

/** Whether the traffic is to this port, or from it to `endPort`, or to what its destination calls so. */
export function isPort(
  { protocol = "TCP", port, endPort }: PortRange,
  traffic: Traffic,
  { pod }: Endpoint,
): boolean {
  if (traffic.protocol !== protocol) return false;
  const to = traffic.destinationPort;
  if (port === undefined) return true;
  if (typeof port === "number") return port <= to && to <= (endPort ?? port);
  const isNamed = (one: NamedPort): boolean =>
    one.name === port && one.protocol === protocol && one.port === to;
  return pod?.ports.some(isNamed) ?? false;
}
