import type {
  AntreaEgressRule,
  AntreaIngressRule,
  AntreaPeer,
  AntreaPolicySpec,
} from "@antrea/api";

/** ClusterNetworkPolicy, or NetworkPolicy of a Namespace. */
export type PolicyScope = "cluster" | "namespaced";

export type AntreaRule = AntreaIngressRule | AntreaEgressRule;

/** A rule with its place in the policy, as "spec.ingress[0]". */
export interface PlacedRule {
  readonly at: string;
  readonly direction: "ingress" | "egress";
  readonly rule: AntreaRule;
  readonly peers: readonly AntreaPeer[];
  readonly peersAt: string;
}

export function placedRules({
  ingress = [],
  egress = [],
}: AntreaPolicySpec): readonly PlacedRule[] {
  return [
    ...ingress.map((rule, i): PlacedRule => {
      const at = `spec.ingress[${i}]`;
      return { at, direction: "ingress", rule, peers: rule.from ?? [], peersAt: `${at}.from` };
    }),
    ...egress.map((rule, i): PlacedRule => {
      const at = `spec.egress[${i}]`;
      return { at, direction: "egress", rule, peers: rule.to ?? [], peersAt: `${at}.to` };
    }),
  ];
}
