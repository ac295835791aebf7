import type { AntreaPeer } from "@antrea/api";
import type { NamespaceRecord } from "../computation/records.ts";
import type { GroupSelector } from "../selectors/group-selector.ts";
import {
  both,
  labelIs,
  matches,
  normalizeSelector,
  type Selector,
  selectorOf,
} from "../selectors/selector.ts";

/** Some of a rule's Pods, and their own peers. */
export interface RelativePart {
  readonly appliedTo: readonly GroupSelector[];
  readonly peer: GroupSelector;
}

/**
 * `namespaces` of a peer: who the peers are depends on the Namespace of whom the rule is for. The rule
 * falls into one part for each Namespace, or for each combination of values that the labels have; in the order of these, whoever came first.
 */
export function relativeParts(
  { namespaces: relation, podSelector }: AntreaPeer,
  appliedTo: readonly GroupSelector[],
  namespaces: NamespacesBy,
): readonly RelativePart[] {
  const parts = new Map<string, { appliedTo: GroupSelector[]; peer: GroupSelector }>();
  const pods = normalizeSelector(podSelector);
  for (const selector of appliedTo) {
    if (selector.kind === "nodes") continue;
    const split = relation?.sameLabels
      ? byLabels(selector, pods, { labels: relation.sameLabels, namespaces })
      : byNamespace(selector, pods, namespaces);
    for (const [key, part] of split) {
      const known = parts.get(key);
      if (known) known.appliedTo.push(part.appliedTo);
      else parts.set(key, { appliedTo: [part.appliedTo], peer: part.peer });
    }
  }
  const inOrder = [...parts].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return inOrder.map(([, part]) => part);
}

/** All Namespaces, for who looks at these labels of theirs. */
type NamespacesBy = (labels: Iterable<string>) => Iterable<NamespaceRecord>;
type PodsSelector = Exclude<GroupSelector, { readonly kind: "nodes" }>;
/** By what its Namespaces have in common. */
type Split = ReadonlyMap<
  string,
  { readonly appliedTo: GroupSelector; readonly peer: GroupSelector }
>;

function byNamespace(selector: PodsSelector, pods: Selector, namespaces: NamespacesBy): Split {
  const names =
    selector.kind === "pods"
      ? [selector.namespace]
      : inScope(selector, namespaces(keysOf(selector))).map(({ name }) => name);
  return new Map(
    names.map((namespace) => [
      namespace,
      {
        appliedTo: { kind: "pods", namespace, pods: selector.pods },
        peer: { kind: "pods", namespace, pods },
      },
    ]),
  );
}

/** Namespaces that lack one of the labels are like no other: the rule is not for their Pods. */
function byLabels(
  selector: PodsSelector,
  pods: Selector,
  of: { readonly labels: readonly string[]; readonly namespaces: NamespacesBy },
): Split {
  const split = new Map<string, { appliedTo: GroupSelector; peer: GroupSelector }>();
  const looked = [...keysOf(selector), ...of.labels];
  for (const { labels } of inScope(selector, of.namespaces(looked))) {
    if (!of.labels.every((label) => Object.hasOwn(labels, label))) continue;
    const alike = selectorOf(of.labels.map((label) => labelIs(label, labels[label] ?? "")));
    if (split.has(alike.text)) continue;
    split.set(alike.text, {
      appliedTo:
        selector.kind === "pods"
          ? selector
          : { ...selector, namespaces: both(selector.namespaces, alike) },
      peer: { kind: "podsOfNamespaces", namespaces: alike, pods },
    });
  }
  return split;
}

/** The labels by which Namespaces are in the selector's scope. */
function keysOf(selector: PodsSelector): readonly string[] {
  return selector.kind === "pods" ? [] : selector.namespaces.requirements.map(({ key }) => key);
}

function inScope(
  selector: PodsSelector,
  namespaces: Iterable<NamespaceRecord>,
): readonly NamespaceRecord[] {
  return [...namespaces].filter(({ name, labels }) =>
    selector.kind === "pods" ? name === selector.namespace : matches(selector.namespaces, labels),
  );
}
