import type { Computed } from "../computed.ts";
import type { GroupMember, IpBlock, RuleService } from "../model.ts";

/** Whom some policies are for, of whom they speak, and of what traffic: as computed now. */
export interface PolicyScope {
  readonly subjects: ReadonlyMap<string, GroupMember>;
  readonly peers: ReadonlyMap<string, GroupMember>;
  readonly blocks: readonly IpBlock[];
  readonly services: readonly RuleService[];
}

export function scopeOf(computed: Computed, uids: Iterable<string>): PolicyScope {
  const subjects = new Map<string, GroupMember>();
  const peers = new Map<string, GroupMember>();
  const blocks: IpBlock[] = [];
  const services: RuleService[] = [];
  const addMembers = (to: Map<string, GroupMember>, members: readonly GroupMember[] = []): void => {
    for (const member of members) to.set(placeOf(member), member);
  };
  for (const uid of uids) {
    const policy = computed.networkPolicies.get(uid);
    const rules = policy?.rules ?? [];
    const groups = [...(policy?.appliedToGroups ?? []), ...rules.flatMap((r) => r.appliedToGroups)];
    for (const group of new Set(groups))
      addMembers(subjects, computed.appliedToGroups.get(group)?.members);
    for (const group of new Set(rules.flatMap(({ peer }) => peer.addressGroups)))
      addMembers(peers, computed.addressGroups.get(group)?.members);
    blocks.push(...rules.flatMap(({ peer }) => peer.ipBlocks));
    services.push(...rules.flatMap((rule) => rule.services));
  }
  return { subjects, peers, blocks, services };
}

/** `namespace/name` of a Pod; that of a Node stands alone. */
export function placeOf({ pod, node = "" }: GroupMember): string {
  return pod ? `${pod.namespace}/${pod.name}` : node;
}
