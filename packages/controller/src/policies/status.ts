import type { AntreaPolicyStatus } from "@antrea/api";
import type { PolicyProgress } from "./statuses.ts";

type Condition = NonNullable<AntreaPolicyStatus["conditions"]>[number];

/** What the status of a policy says; the times of `before` stay where nothing else changes. */
export function policyStatus(
  progress: PolicyProgress,
  problems: readonly string[],
  before: AntreaPolicyStatus | undefined,
  wallTime: Date,
): AntreaPolicyStatus {
  const { policy, desiredNodes, currentNodes, failures } = progress;
  const conditions = [realization(failures), asWritten(problems)].flatMap((one) => one ?? []);
  return {
    phase: phaseOf(progress, problems),
    observedGeneration: policy.generation,
    currentNodesRealized: currentNodes,
    desiredNodesRealized: desiredNodes,
    conditions: conditions.map((one) => sinceBefore(one, before?.conditions ?? [], wallTime)),
  };
}

function phaseOf(
  { policy, desiredNodes, currentNodes, failures }: PolicyProgress,
  problems: readonly string[],
): NonNullable<AntreaPolicyStatus["phase"]> {
  if (failures.length > 0) return "Failed";
  if (problems.length > 0 && isForNobody(policy)) return "Pending";
  return currentNodes === desiredNodes ? "Realized" : "Realizing";
}

/** Nothing that it says of whom it is for can be enforced, whatever Pods come. */
function isForNobody({ appliedToGroups, rules }: PolicyProgress["policy"]): boolean {
  return [appliedToGroups, ...rules.map((rule) => rule.appliedToGroups)].every(
    (groups) => groups.length === 0,
  );
}

const mostNodesNamed = 20;

function realization(failures: PolicyProgress["failures"]): Condition | undefined {
  if (failures.length === 0) return undefined;
  const named = failures
    .slice(0, mostNodesNamed)
    .map(({ nodeName, message }) => `${nodeName}: ${message}`);
  const rest = failures.length - named.length;
  return {
    ...{ type: "RealizationFailure", status: "True", reason: "NetworkPolicyRealizationFailed" },
    message: `${named.join("; ")}${rest > 0 ? `; and ${rest} Nodes more` : ""}`,
  };
}

function asWritten(problems: readonly string[]): Condition | undefined {
  if (problems.length === 0) return undefined;
  return {
    ...{ type: "EnforcedAsWritten", status: "False", reason: "PartsNotEnforced" },
    message: problems.slice(0, mostNodesNamed).join(" "),
  };
}

function sinceBefore(
  condition: Condition,
  before: readonly Condition[],
  wallTime: Date,
): Condition {
  const same = before.find(
    ({ type, status }) => type === condition.type && status === condition.status,
  );
  const now = wallTime.toISOString().replace(/\.\d+Z$/, "Z");
  return { ...condition, lastTransitionTime: same?.lastTransitionTime ?? now };
}
