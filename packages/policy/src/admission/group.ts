import type { Group } from "@antrea/api";
import { selectorsRefusals } from "./labels.ts";
import { ipBlockRefusals, isMulticast } from "./networks.ts";
import { membersOf, quote, type Refusal, refusal, wordList } from "./refusal.ts";
import type { PolicyScope } from "./rules.ts";

/** Groups that there are, of the cluster or of the one Namespace. */
export interface GroupContext {
  readonly scope: PolicyScope;
  /** The children of a group, of which most have none; undefined for a group that is not there. */
  childrenOf(name: string): readonly string[] | undefined;
  /** The groups that have this one as a child. */
  parentsOf(name: string): readonly string[];
}

const selectorPairs = [
  ["podSelector", "namespaceSelector"],
  ["namespaceSelector", "externalEntitySelector"],
];

export function* groupRefusals(
  name: string,
  spec: Group["spec"],
  context: GroupContext,
): Generator<Refusal> {
  yield* memberRefusals(spec, context.scope);
  yield* selectorsRefusals(spec, "spec");
  yield* blocksRefusals(spec);
  yield* serviceRefusals(spec, context.scope);
  yield* childRefusals(name, spec.childGroups ?? [], context);
}

function* memberRefusals(spec: Group["spec"], scope: PolicyScope): Generator<Refusal> {
  const members = membersOf(spec);
  if (scope === "namespaced" && spec.nodeSelector)
    yield refusal(
      "spec.nodeSelector",
      "is set",
      "must be left out in a Group: a ClusterGroup may have Nodes",
    );
  const isPair = selectorPairs.some(
    (pair) => members.length === pair.length && pair.every((one) => members.includes(one)),
  );
  if (members.length > 1 && !isPair)
    yield refusal(
      "spec",
      `has ${wordList(members)}`,
      "must have one of them, or podSelector or externalEntitySelector with namespaceSelector: make groups of the others and name all in childGroups",
    );
}

function* blocksRefusals({ ipBlocks = [] }: Group["spec"]): Generator<Refusal> {
  for (const [i, block] of ipBlocks.entries()) yield* ipBlockRefusals(block, `spec.ipBlocks[${i}]`);
  const [first] = ipBlocks;
  const other = ipBlocks.findIndex(
    ({ cidr }) => first && isMulticast(cidr) !== isMulticast(first.cidr),
  );
  if (first && other > 0)
    yield refusal(
      `spec.ipBlocks[${other}].cidr`,
      `is ${ipBlocks[other]?.cidr}`,
      `must be ${isMulticast(first.cidr) ? "multicast" : "unicast"} like ${first.cidr}: make a group of its own for it`,
    );
}

function* serviceRefusals(
  { serviceReference: service }: Group["spec"],
  scope: PolicyScope,
): Generator<Refusal> {
  if (!service) return;
  const needed = scope === "cluster" ? (["name", "namespace"] as const) : (["name"] as const);
  for (const member of needed)
    if (!service[member])
      yield refusal(
        `spec.serviceReference.${member}`,
        "is missing",
        `must be the Service's ${member}`,
      );
}

/** Names no other group than those that were sent: whoever asks may not be allowed to see them. Groups have one level of children. One that is not there yet is looked at when it is made. */
function* childRefusals(
  name: string,
  children: readonly string[],
  { childrenOf, parentsOf }: GroupContext,
): Generator<Refusal> {
  if (children.length === 0) return;
  if (parentsOf(name).some((one) => one !== name))
    yield refusal(
      "spec.childGroups",
      "is set",
      "must be left out, since another group has this one as a child, and children have none",
    );
  for (const [i, child] of children.entries()) {
    const at = `spec.childGroups[${i}]`;
    if (child === name)
      yield refusal(at, `is ${quote(child)}, the group itself`, "must be another group");
    else if ((childrenOf(child) ?? []).length > 0)
      yield refusal(
        at,
        `is ${quote(child)}, which has children`,
        "must be a group without: name its children here instead",
      );
  }
}
