import type { KubernetesClusterPolicyProtocol } from "@antrea/api";
import type { KubernetesClusterPolicyRecord } from "../computation/records.ts";
import { type RuleService, tierPriorities } from "../model.ts";
import { subjectSelectors } from "./admin-peers.ts";
import { type AdminRule, compileAdminRule } from "./admin-rule.ts";
import { type CompiledPolicy, Needs } from "./compiled.ts";
import { namedServices, portService } from "./services.ts";
import { sourceOf } from "./source.ts";

/** ClusterNetworkPolicy of `policy.networking.k8s.io`. */
export function compileClusterPolicy(record: KubernetesClusterPolicyRecord): CompiledPolicy {
  const { tier, priority, subject } = record.spec;
  const needs = new Needs();
  return needs.compiled({
    ...sourceOf(record),
    tierPriority: tier === "Admin" ? tierPriorities.clusterAdmin : tierPriorities.baselineAdmin,
    priority,
    isolates: [],
    appliedToGroups: needs.groups(subjectSelectors(subject, needs)),
    rules: rulesOf(record).flatMap((rule) => compileAdminRule(rule, needs)),
  });
}

const actions = { Accept: "Allow", Deny: "Drop", Pass: "Pass" } as const;

function rulesOf({
  spec: { ingress = [], egress = [] },
}: KubernetesClusterPolicyRecord): readonly AdminRule[] {
  return [
    ...ingress.map(({ from, action, name, protocols = [] }, index) => ({
      ...({ direction: "In", index, name, action: actions[action], peers: from } as const),
      services: protocols.map(servicesOf),
    })),
    ...egress.map(({ to, action, name, protocols = [] }, index) => ({
      ...({ direction: "Out", index, name, action: actions[action], peers: to } as const),
      services: protocols.map(servicesOf),
    })),
  ];
}

function servicesOf(protocol: KubernetesClusterPolicyProtocol): readonly RuleService[] {
  const { tcp, udp, sctp, destinationNamedPort } = protocol;
  if (destinationNamedPort !== undefined) return namedServices(destinationNamedPort);
  if (tcp) return withPort("TCP", tcp);
  if (udp) return withPort("UDP", udp);
  return sctp ? withPort("SCTP", sctp) : [];
}

type WithPort = NonNullable<KubernetesClusterPolicyProtocol["tcp"]>;

/** A port that is neither a number nor a range is of a newer version, and stands for nothing known. */
function withPort(protocol: "TCP" | "UDP" | "SCTP", { destinationPort }: WithPort) {
  if (!destinationPort) return portService(protocol, {});
  const { number, range } = destinationPort;
  if (number !== undefined) return portService(protocol, { port: number });
  return range ? portService(protocol, { port: range.start, endPort: range.end }) : [];
}
