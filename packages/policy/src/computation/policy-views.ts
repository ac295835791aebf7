import type { Computed } from "../computed.ts";
import type { AddressGroup, AppliedToGroup, NetworkPolicy, PodReceipt } from "../model.ts";
import type { AddressGroupState } from "./address-group.ts";
import type { AppliedToGroupState } from "./applied-to-group.ts";
import type { Nodes } from "./nodes.ts";
import type { Policies } from "./policies.ts";
import type { PolicyPart } from "./policy-part.ts";
import type { PolicyState } from "./policy-state.ts";
import type { Receipts } from "./receipts.ts";
import type { Selectable } from "./selection.ts";
import type { Selections } from "./selections.ts";
import { noNodes, type View, view } from "./views.ts";

export interface Views extends Computed {
  readonly networkPolicies: View<NetworkPolicy>;
  readonly addressGroups: View<AddressGroup>;
  readonly appliedToGroups: View<AppliedToGroup>;
  readonly podReceipts: View<PodReceipt>;
}

/** What a Node has follows from who is on it: nothing is kept for each Node beside that. */
export function viewsOf(of: {
  readonly policies: Policies;
  readonly selections: Selections;
  readonly nodes: Nodes;
  readonly receipts: Receipts;
}): Views {
  const { policies, selections, nodes, receipts } = of;
  const addressGroup = (name: string) => selections.get(name)?.addressGroup;
  const appliedToGroup = (name: string) => selections.get(name)?.appliedToGroup;
  return {
    networkPolicies: view({
      forNode: (uid, node) => policies.get(uid)?.objectFor(node),
      get: (uid) => policies.get(uid)?.compiled?.policy,
      names: () => policies.names(),
      namesFor: (node) => namesOf(policiesOn(nodes, node), (state) => state.record.uid),
      span: (uid) => new Set(policies.get(uid)?.span.nodes()),
    }),
    addressGroups: view({
      forNode(name, node) {
        const group = addressGroup(name);
        return group?.span.has(node) ? group.object : undefined;
      },
      get: (name) => addressGroup(name)?.object,
      names: () => namesOf(selections.all(), (one) => one.addressGroup?.name),
      namesFor: (node) => namesOf(addressGroupsOn(nodes, node), ({ name }) => name),
      span: (name) => new Set(addressGroup(name)?.span.nodes()),
    }),
    appliedToGroups: view({
      forNode(name, node) {
        const group = appliedToGroup(name);
        return group?.span.has(node) ? group.objectFor(node, nodes.get(node)) : undefined;
      },
      get: (name) => appliedToGroup(name)?.object,
      names: () => namesOf(selections.all(), (one) => one.appliedToGroup?.name),
      namesFor: (node) => namesOf(appliedToGroupsOn(nodes, node), ({ name }) => name),
      span: (name) => new Set(appliedToGroup(name)?.span.nodes()),
    }),
    podReceipts: view({
      forNode: (uid, node) => (receipts.node(uid) === node ? receipts.get(uid) : undefined),
      get: (uid) => receipts.get(uid),
      names: () => receipts.names(),
      namesFor: (node) =>
        namesOf(nodes.get(node)?.pods ?? [], (pod) => (receipts.has(pod) ? pod.uid : undefined)),
      span(uid) {
        const node = receipts.node(uid);
        return node === undefined ? noNodes : new Set([node]);
      },
    }),
  };
}

function* namesOf<T>(
  states: Iterable<T>,
  nameOf: (state: T) => string | undefined,
): Iterable<string> {
  for (const state of states) {
    const name = nameOf(state);
    if (name !== undefined) yield name;
  }
}

/** The groups that have members on the Node. */
function groupsAt(nodes: Nodes, name: string): ReadonlySet<AppliedToGroupState> {
  const groups = new Set<AppliedToGroupState>();
  const add = ({ selections }: Selectable) => {
    for (const { appliedToGroup } of selections) if (appliedToGroup) groups.add(appliedToGroup);
  };
  const node = nodes.get(name);
  if (node) add(node);
  for (const pod of node?.pods ?? []) add(pod);
  return groups;
}

function partsOn(nodes: Nodes, node: string): ReadonlySet<PolicyPart> {
  const parts = new Set<PolicyPart>();
  for (const { users } of groupsAt(nodes, node)) for (const part of users) parts.add(part);
  return parts;
}

function policiesOn(nodes: Nodes, node: string): ReadonlySet<PolicyState> {
  return new Set(Array.from(partsOn(nodes, node), ({ policy }) => policy));
}

function appliedToGroupsOn(nodes: Nodes, node: string): ReadonlySet<AppliedToGroupState> {
  const groups = new Set<AppliedToGroupState>();
  for (const { appliedToGroups } of partsOn(nodes, node))
    for (const group of appliedToGroups) groups.add(group);
  return groups;
}

function addressGroupsOn(nodes: Nodes, node: string): ReadonlySet<AddressGroupState> {
  const groups = new Set<AddressGroupState>();
  for (const { addressGroups } of partsOn(nodes, node))
    for (const group of addressGroups) groups.add(group);
  return groups;
}
