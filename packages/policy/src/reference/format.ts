import type { Packet } from "./packet.ts";
import type { PolicyName, RuleName } from "./rule.ts";
import type { Decision, LostRule, Verdict } from "./verdict.ts";

/** Names of the kinds as `antctl` and the log have them. */
const kindNames: Readonly<Record<PolicyName["kind"], string>> = {
  K8sNetworkPolicy: "NetworkPolicy",
  AntreaClusterNetworkPolicy: "ClusterNetworkPolicy (Antrea)",
  AntreaNetworkPolicy: "NetworkPolicy (Antrea)",
  AdminNetworkPolicy: "AdminNetworkPolicy",
  BaselineAdminNetworkPolicy: "BaselineAdminNetworkPolicy",
  K8sClusterNetworkPolicy: "ClusterNetworkPolicy (Kubernetes)",
};

/** The verdict as lines: what becomes of the packet, who says so at each end, and which rules lost. */
export function verdictLines(verdict: Verdict): readonly string[] {
  const { packet, egress, ingress, isDelivered } = verdict;
  return [
    `${formatPacket(packet)}: ${isDelivered ? "delivered" : "not delivered"}`,
    ...decisionLines("Egress, by the policies for the source", egress),
    ...decisionLines("Ingress, by the policies for the destination", ingress),
  ];
}

export function formatPacket({ source, destination, traffic }: Packet): string {
  const kind =
    "destinationPort" in traffic
      ? `${traffic.protocol} ${traffic.destinationPort}`
      : traffic.protocol === "ICMP"
        ? `ICMP type ${traffic.icmpType} code ${traffic.icmpCode}`
        : traffic.protocol;
  return `${source} -> ${destination}, ${kind}`;
}

function decisionLines(title: string, { action, by, passedOnBy, lost, tied }: Decision) {
  return [
    `${title}: ${action}, ${reasonText(by)}`,
    ...(passedOnBy ? [`  passed on to Kubernetes' policies by ${ruleText(passedOnBy)}`] : []),
    ...lost.map(({ rule, why }) => `  lost: ${ruleText(rule)}: ${lostTexts[why]}`),
    ...tied.map((rule) => `  may come first, as nothing orders the two: ${ruleText(rule)}`),
  ];
}

export function reasonText(by: Decision["by"]): string {
  switch (by.kind) {
    case "rule":
      return `by ${ruleText(by.rule)}`;
    case "isolation":
      return `because ${by.policies.map(policyText).join(", ")} ${by.policies.length === 1 ? "isolates" : "isolate"} it and no policy allows this`;
    case "default":
      return "because no rule says otherwise";
    case "outside":
      return "because no policy is for addresses outside the cluster";
    case "itself":
      return "because it talks to itself";
    case "own-node":
      return "because a Pod's own Node may always reach it";
  }
}

const lostTexts: Readonly<Record<LostRule["why"], string>> = {
  peer: "does not speak of the other end",
  traffic: "does not speak of this traffic",
  later: "is asked after the one that decided",
  passed: "is passed over",
  isolated: "is not asked for Pods that Kubernetes' policies isolate",
};

/** `ClusterNetworkPolicy (Antrea) name, ingress rule 0 "its name" (Drop)`. */
export function ruleText(rule: RuleName): string {
  const direction = rule.direction === "In" ? "ingress" : "egress";
  const name = rule.rule === "" ? "" : ` "${rule.rule}"`;
  return `${policyText(rule)}, ${direction} rule ${rule.index}${name} (${rule.action})`;
}

function policyText({ kind, namespace, name }: PolicyName): string {
  return `${kindNames[kind]} ${namespace === "" ? "" : `${namespace}/`}${name}`;
}
