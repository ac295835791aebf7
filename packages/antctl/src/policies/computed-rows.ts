import type { GroupRow, PolicyRow } from "@antrea/api/local-api";
import {
  type AddressGroup,
  type AppliedToGroup,
  type GroupMember,
  type NetworkPolicy,
  sourceText,
} from "@antrea/policy";

/** A policy as a Node has it, or as the controller has computed it: then it says nothing of when it came. */
export type ShownPolicy = Omit<PolicyRow, "receivedAt"> & Partial<Pick<PolicyRow, "receivedAt">>;

export function shownPolicy(policy: NetworkPolicy): ShownPolicy {
  const { uid, source, generation, rules, tierPriority, priority } = policy;
  const ownGroups = rules.flatMap(({ appliedToGroups }) => appliedToGroups);
  return {
    ...{ name: uid, source: sourceText(source), generation, rules: rules.length },
    appliedTo: [...new Set([...policy.appliedToGroups, ...ownGroups])],
    ...(tierPriority === undefined ? {} : { tierPriority }),
    ...(priority === undefined ? {} : { priority }),
  };
}

export function shownGroup({ name, members }: AddressGroup | AppliedToGroup): GroupRow {
  return { name, members: members.map(memberRow) };
}

function memberRow({ pod, node, ips, ports }: GroupMember): GroupRow["members"][number] {
  return {
    member: pod ? `${pod.namespace}/${pod.name}` : (node ?? ""),
    ips,
    ports: ports.map(({ name, port, protocol }) => `${name}:${port}/${protocol}`),
  };
}
