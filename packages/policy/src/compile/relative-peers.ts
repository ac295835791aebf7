import type { AntreaPeer } from "@antrea/api";
import type { NamespaceRecord } from "../computation/records.ts";
import { type GroupSelector, podsInEach } from "../selectors/group-selector.ts";
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
  const pods = normalizeSelector(podSelector);
  const shares = appliedTo.flatMap((selector) => {
    if (selector.kind === "nodes") return [];
    return relation?.sameLabels
      ? byLabels(selector, pods, { labels: relation.sameLabels, namespaces })
      : byNamespace(selector, pods, namespaces);
  });
  return joined(shares.toSorted((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key))));
}

/** Shares of one key are one part. */
function joined(inOrder: readonly Share[]): readonly RelativePart[] {
  const parts: { readonly appliedTo: GroupSelector[]; readonly peer: GroupSelector }[] = [];
  let last: string | undefined;
  for (const { key, appliedTo, peer } of inOrder) {
    if (key === last) parts.at(-1)?.appliedTo.push(appliedTo);
    else parts.push({ appliedTo: [appliedTo], peer });
    last = key;
  }
  return parts;
}

/** All Namespaces, for who looks at these labels of theirs. */
type NamespacesBy = (labels: Iterable<string>) => Iterable<NamespaceRecord>;
type SelectorOfPods = Exclude<GroupSelector, { readonly kind: "nodes" }>;
/** Pods of one selector with the same peers. */
interface Share {
  /** What their Namespaces have in common. */
  readonly key: string;
  readonly appliedTo: GroupSelector;
  readonly peer: GroupSelector;
}

function byNamespace(
  selector: SelectorOfPods,
  pods: Selector,
  namespaces: NamespacesBy,
): readonly Share[] {
  const names =
    selector.kind === "pods"
      ? [selector.namespace]
      : inScope(selector, namespaces(keysOf(selector))).map(({ name }) => name);
  const [own, theirs] = [podsInEach(selector.pods), podsInEach(pods)];
  return names.map((namespace) => ({
    key: namespace,
    appliedTo: own(namespace),
    peer: theirs(namespace),
  }));
}

/** Namespaces that lack one of the labels are like no other: the rule is not for their Pods. */
function byLabels(
  selector: SelectorOfPods,
  pods: Selector,
  of: { readonly labels: readonly string[]; readonly namespaces: NamespacesBy },
): readonly Share[] {
  const split = new Map<string, Share>();
  const looked = [...keysOf(selector), ...of.labels];
  for (const { labels } of inScope(selector, of.namespaces(looked))) {
    if (!of.labels.every((label) => Object.hasOwn(labels, label))) continue;
    const alike = selectorOf(of.labels.map((label) => labelIs(label, labels[label] ?? "")));
    if (split.has(alike.text)) continue;
    split.set(alike.text, {
      key: alike.text,
      appliedTo:
        selector.kind === "pods"
          ? selector
          : { ...selector, namespaces: both(selector.namespaces, alike) },
      peer: { kind: "podsOfNamespaces", namespaces: alike, pods },
    });
  }
  return [...split.values()];
}

/** The labels by which Namespaces are in the selector's scope. */
function keysOf(selector: SelectorOfPods): readonly string[] {
  return selector.kind === "pods" ? [] : selector.namespaces.requirements.map(({ key }) => key);
}

function inScope(
  selector: SelectorOfPods,
  namespaces: Iterable<NamespaceRecord>,
): readonly NamespaceRecord[] {
  return [...namespaces].filter(({ name, labels }) =>
    selector.kind === "pods" ? name === selector.namespace : matches(selector.namespaces, labels),
  );
}
