import type { ComputedChange } from "../computed.ts";
import type { GroupMember } from "../model.ts";
import type { AddressGroupState } from "./address-group.ts";
import type { AppliedToGroupState } from "./applied-to-group.ts";
import type { FormerMember } from "./group-state.ts";
import type { PolicyState } from "./policy-state.ts";
import type { Views } from "./policy-views.ts";
import type { ReceiptChange, Receipts } from "./receipts.ts";
import type { Selectable } from "./selection.ts";
import type { Span, SpanChange } from "./span.ts";
import type { Touched } from "./touched.ts";

/** Ends the event and tells what it changed: groups before policies that begin to use them, policies before groups that they leave. */
export function tellAll(touched: Touched, receipts: Receipts, views: Views): void {
  const addressGroups = Array.from(touched.addressGroups, addressGroupChange);
  const appliedToGroups = Array.from(touched.appliedToGroups, appliedToGroupChange);
  const policies = Array.from(touched.policies, policyChange);
  const given = receipts.settle().map(receiptChange);
  for (const set of Object.values(touched)) set.clear();
  for (const { first } of addressGroups) if (first) views.addressGroups.tell(first);
  for (const { first } of appliedToGroups) if (first) views.appliedToGroups.tell(first);
  for (const change of policies) if (change) views.networkPolicies.tell(change);
  for (const { last } of appliedToGroups) if (last) views.appliedToGroups.tell(last);
  for (const { last } of addressGroups) if (last) views.addressGroups.tell(last);
  for (const change of given) views.podReceipts.tell(change);
}

/** What a Node is to have, and what it is to lose, are told apart. */
interface SplitChange {
  readonly first?: ComputedChange | undefined;
  readonly last?: ComputedChange | undefined;
}

type MembersFor = ComputedChange["membersFor"];
type Members = ReturnType<MembersFor>;

const noMembers: Members = { added: [], removed: [] };
const none: MembersFor = () => noMembers;

function policyChange(policy: PolicyState): ComputedChange | undefined {
  const { isNews, isDifferent, shifted } = policy.settle();
  const { joined, left } = policy.span.settle();
  const others = isDifferent || shifted.size > 0 ? without(policy.span, joined) : [];
  const stayed = isDifferent ? others : others.filter((node) => shifted.has(node));
  if (!isNews && joined.length + left.length + stayed.length === 0) return undefined;
  return { name: policy.record.uid, joined, left, stayed, membersFor: none };
}

function addressGroupChange(group: AddressGroupState): SplitChange {
  const former = group.settle();
  const change = group.span.settle();
  const isMember = (one: Selectable) => group.selection.members.has(one);
  const members = difference(former, (one) => (isMember(one) ? one.standing.peer : undefined));
  const isSame = members.added.length + members.removed.length === 0;
  const stayed = isSame ? [] : without(group.span, change.joined);
  return split(group.name, change, { stayed, membersFor: () => members });
}

function appliedToGroupChange(group: AppliedToGroupState): SplitChange {
  const former = group.settle();
  const change = group.span.settle();
  const byNode = differenceByNode(group, former);
  const joined = new Set(change.joined);
  const stayed = [...byNode.keys()].filter((node) => group.span.has(node) && !joined.has(node));
  const membersFor: MembersFor = (node) => byNode.get(node) ?? noMembers;
  return split(group.name, change, { stayed, membersFor });
}

function receiptChange({ uid, joined, left }: ReceiptChange): ComputedChange {
  const list = (node: string | undefined) => (node === undefined ? [] : [node]);
  return { name: uid, joined: list(joined), left: list(left), stayed: [], membersFor: none };
}

function split(
  name: string,
  { joined, left }: SpanChange,
  { stayed, membersFor }: { readonly stayed: readonly string[]; readonly membersFor: MembersFor },
): SplitChange {
  const hasFirst = joined.length + stayed.length > 0;
  return {
    first: hasFirst ? { name, joined, left: [], stayed, membersFor } : undefined,
    last: left.length > 0 ? { name, joined: [], left, stayed: [], membersFor: none } : undefined,
  };
}

function without(span: Span, joined: readonly string[]): readonly string[] {
  if (joined.length === 0) return [...span.nodes()];
  const fresh = new Set(joined);
  return [...span.nodes()].filter((node) => !fresh.has(node));
}

function difference(
  former: ReadonlyMap<Selectable, FormerMember>,
  now: (one: Selectable) => GroupMember | undefined,
): Members {
  const added: GroupMember[] = [];
  const removed: GroupMember[] = [];
  for (const [one, { member }] of former) {
    const next = now(one);
    if (next === member) continue;
    if (member) removed.push(member);
    if (next) added.push(next);
  }
  return { added, removed };
}

/** A member is seen by the Node that it is on: one that moved has left one and come to another. */
function differenceByNode(
  { selection }: AppliedToGroupState,
  former: ReadonlyMap<Selectable, FormerMember>,
): ReadonlyMap<string, Members> {
  const byNode = new Map<string, { added: GroupMember[]; removed: GroupMember[] }>();
  const at = (node: string) => {
    const known = byNode.get(node) ?? { added: [], removed: [] };
    byNode.set(node, known);
    return known;
  };
  for (const [one, { member, host }] of former) {
    const { own, host: nowHost } = selection.members.has(one) ? one.standing : nowhere;
    if (own === member && nowHost === host) continue;
    if (member && host !== undefined) at(host).removed.push(member);
    if (own && nowHost !== undefined) at(nowHost).added.push(own);
  }
  return byNode;
}

const nowhere: Selectable["standing"] = {};
