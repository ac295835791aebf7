import type { AdminPolicyPort } from "@antrea/api";
import type { AdminPolicyRecord, BaselineAdminPolicyRecord } from "../computation/records.ts";
import { type RuleService, tierPriorities } from "../model.ts";
import { subjectSelectors } from "./admin-peers.ts";
import { type AdminRule, compileAdminRule } from "./admin-rule.ts";
import { type CompiledPolicy, Needs } from "./compiled.ts";
import { namedServices, portService } from "./services.ts";
import { sourceOf } from "./source.ts";

/** AdminNetworkPolicy and BaselineAdminNetworkPolicy. */
export function compileAdminPolicy(
  record: AdminPolicyRecord | BaselineAdminPolicyRecord,
): CompiledPolicy {
  const needs = new Needs();
  return needs.compiled({
    ...sourceOf(record),
    ...placeOf(record),
    isolates: [],
    appliedToGroups: needs.groups(subjectSelectors(record.spec.subject, needs)),
    rules: rulesOf(record).flatMap((rule) => compileAdminRule(rule, needs)),
  });
}

function placeOf(record: AdminPolicyRecord | BaselineAdminPolicyRecord): {
  readonly tierPriority: number;
  readonly priority: number;
} {
  return record.kind === "AdminNetworkPolicy"
    ? { tierPriority: tierPriorities.admin, priority: record.spec.priority }
    : { tierPriority: tierPriorities.baselineAdmin, priority: 0 };
}

const actions = { Allow: "Allow", Deny: "Drop", Pass: "Pass" } as const;

function rulesOf({
  spec: { ingress = [], egress = [] },
}: AdminPolicyRecord | BaselineAdminPolicyRecord): readonly AdminRule[] {
  return [
    ...ingress.map(({ from, action, name, ports = [] }, index) => ({
      ...({ direction: "In", index, name, action: actions[action], peers: from } as const),
      services: ports.map(servicesOf),
    })),
    ...egress.map(({ to, action, name, ports = [] }, index) => ({
      ...({ direction: "Out", index, name, action: actions[action], peers: to } as const),
      services: ports.map(servicesOf),
    })),
  ];
}

function servicesOf({ portNumber, portRange, namedPort }: AdminPolicyPort): readonly RuleService[] {
  if (portNumber) return portService(portNumber.protocol ?? "TCP", { port: portNumber.port });
  if (portRange)
    return portService(portRange.protocol ?? "TCP", {
      port: portRange.start,
      endPort: portRange.end,
    });
  return namedPort === undefined ? [] : namedServices(namedPort);
}
