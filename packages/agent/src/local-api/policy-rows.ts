import type { GroupRow, PolicyRow } from "@antrea/api/local-api";
import { type GroupMember, sourceText } from "@antrea/policy";
import type { PolicyRealization } from "../policy/realizations.ts";
import type { ShareEntry } from "../policy/state.ts";

/** Policies of this Node, with what has become of them. */
export function policyRows(all: Iterable<PolicyRealization>): readonly PolicyRow[] {
  return [...all].map(policyRow);
}

function policyRow(one: PolicyRealization): PolicyRow {
  const { policy, generation, failure, receivedAt, confirmedAt } = one;
  const { uid, source, tierPriority, priority } = policy;
  const ownGroups = policy.rules.flatMap(({ appliedToGroups }) => appliedToGroups);
  return {
    name: uid,
    source: sourceText(source),
    appliedTo: [...new Set([...policy.appliedToGroups, ...ownGroups])],
    rules: policy.rules.length,
    ...(tierPriority === undefined ? {} : { tierPriority }),
    ...(priority === undefined ? {} : { priority }),
    generation: policy.generation,
    ...(generation === undefined ? {} : { realizedGeneration: generation }),
    ...(failure === undefined ? {} : { failure }),
    receivedAt: receivedAt.toISOString(),
    ...(confirmedAt ? { confirmedAt: confirmedAt.toISOString() } : {}),
  };
}

/** Groups of one kind among all that this Node has. */
export function groupRows(
  share: readonly ShareEntry[],
  wanted: "addressGroups" | "appliedToGroups",
): readonly GroupRow[] {
  return share.flatMap((entry) => {
    if (entry.kind === "networkPolicies" || entry.kind !== wanted) return [];
    return [{ name: entry.name, members: entry.object().members.map(memberRow) }];
  });
}

function memberRow({ pod, node, ips, ports }: GroupMember): GroupRow["members"][number] {
  return {
    member: pod ? `${pod.namespace}/${pod.name}` : (node ?? ""),
    ips,
    ports: ports.map(({ name, port, protocol }) => `${name}:${port}/${protocol}`),
  };
}
