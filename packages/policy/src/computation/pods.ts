import type { GroupSelector } from "../selectors/group-selector.ts";
import { LabelIndex } from "../selectors/label-index.ts";
import { matches, type Selector } from "../selectors/selector.ts";
import { SelectorIndex } from "../selectors/selector-index.ts";
import type { NamespaceState } from "./namespace-state.ts";
import type { Namespaces } from "./namespaces.ts";
import type { Nodes } from "./nodes.ts";
import { isSelectable, labelsOf, PodState, standingOf } from "./pod-state.ts";
import type { Labels, ObjectName, PodRecord } from "./records.ts";
import type { Receipts } from "./receipts.ts";
import { reselect, type Selection } from "./selection.ts";

type PodsSelector = Exclude<GroupSelector, { readonly kind: "nodes" }>;

/** All Pods, and the selections of Pods. What a change of either costs follows what it can match, by indexes of both. */
export class Pods {
  readonly #namespaces: Namespaces;
  readonly #nodes: Nodes;
  readonly #byLabel = new LabelIndex<PodState>();
  /** Selections of Pods of one Namespace, by its name. */
  readonly #local = new Map<string, SelectorIndex<Selection>>();
  readonly #forget = new Map<Selection, () => void>();
  readonly #receipts: Receipts;
  #count = 0;

  constructor(around: {
    readonly namespaces: Namespaces;
    readonly nodes: Nodes;
    readonly receipts: Receipts;
  }) {
    this.#namespaces = around.namespaces;
    this.#nodes = around.nodes;
    this.#receipts = around.receipts;
  }

  get count(): number {
    return this.#count;
  }

  get({ namespace, name }: ObjectName): PodState | undefined {
    return this.#namespaces.get(namespace)?.pods.get(name);
  }

  set(record: PodRecord): void {
    if (!isSelectable(record)) return this.remove(record);
    const pod = this.get(record) ?? this.#make(record);
    const { host } = pod.standing;
    this.#receipts.take(pod);
    this.#byLabel.delete(pod.labels, pod);
    pod.labels = labelsOf(record);
    pod.uid = record.uid;
    this.#byLabel.add(pod.labels, pod);
    this.reselect(pod, standingOf(record, pod.standing));
    this.#nodes.move(pod, host, pod.standing.host);
    this.#receipts.give(pod);
  }

  remove(name: ObjectName): void {
    const pod = this.get(name);
    if (!pod) return;
    const { host } = pod.standing;
    this.#receipts.take(pod);
    this.#byLabel.delete(pod.labels, pod);
    reselect(pod, { standing: {}, selections: new Set() });
    this.#nodes.move(pod, host, undefined);
    pod.namespace.pods.delete(pod.name);
    this.#namespaces.tidy(pod.namespace);
    this.#count--;
  }

  /** Looks anew which selections it is in. */
  reselect(pod: PodState, standing = pod.standing): void {
    reselect(pod, { standing, selections: this.#selecting(pod) });
  }

  select(selection: Selection, selector: PodsSelector): void {
    this.#forget.set(selection, this.#index(selection, selector));
    for (const pod of this.selectedBy(selector)) selection.join(pod);
  }

  unselect(selection: Selection): void {
    this.#forget.get(selection)?.();
    this.#forget.delete(selection);
  }

  *selectedBy(selector: PodsSelector): Iterable<PodState> {
    const inside = this.#namespacesOf(selector);
    for (const pod of this.#candidates(inside, selector.pods))
      if (inside.has(pod.namespace) && matches(selector.pods, pod.labels)) yield pod;
  }

  #namespacesOf(selector: PodsSelector): ReadonlySet<NamespaceState> {
    if (selector.kind === "podsOfNamespaces")
      return this.#namespaces.selectedBy(selector.namespaces);
    const state = this.#namespaces.get(selector.namespace);
    return new Set(state ? [state] : []);
  }

  /** All Pods of the Namespaces, or all with the rarest label, whichever are less. */
  *#candidates(inside: ReadonlySet<NamespaceState>, selector: Selector): Iterable<PodState> {
    const few = this.#byLabel.candidates(selector);
    if (few && !hasFewer(inside, few.count)) for (const pods of few.sets) yield* pods;
    else for (const { pods } of inside) yield* pods.values();
  }

  #make({ namespace, name }: ObjectName): PodState {
    const state = this.#namespaces.require(namespace);
    const pod = new PodState(state, name);
    state.pods.set(name, pod);
    this.#count++;
    return pod;
  }

  #selecting({ namespace, labels }: PodState): Set<Selection> {
    const selecting = new Set<Selection>();
    const look = (index: SelectorIndex<Selection> | undefined) => {
      for (const selection of index?.candidates(labels) ?? [])
        if (isOfPod(selection.selector, labels)) selecting.add(selection);
    };
    look(this.#local.get(namespace.name));
    for (const set of namespace.sets) look(set.selections);
    return selecting;
  }

  #index(selection: Selection, selector: PodsSelector): () => void {
    if (selector.kind === "podsOfNamespaces") return this.#indexInSet(selection, selector);
    const { namespace, pods } = selector;
    const index = this.#local.get(namespace) ?? new SelectorIndex<Selection>();
    this.#local.set(namespace, index);
    const forget = index.add(pods, selection);
    return () => {
      forget();
      if (index.isEmpty) this.#local.delete(namespace);
    };
  }

  #indexInSet(
    selection: Selection,
    { namespaces, pods }: PodsSelector & { readonly kind: "podsOfNamespaces" },
  ): () => void {
    const set = this.#namespaces.requireSet(namespaces);
    const forget = set.selections.add(pods, selection);
    set.count++;
    return () => {
      forget();
      set.count--;
      this.#namespaces.releaseSet(set);
    };
  }
}

/** Whether the Namespaces have fewer Pods; looks no further than it must. */
function hasFewer(namespaces: Iterable<NamespaceState>, count: number): boolean {
  let sum = 0;
  for (const { pods } of namespaces) {
    sum += pods.size + 1;
    if (sum >= count) return false;
  }
  return true;
}

function isOfPod(selector: GroupSelector, labels: Labels): boolean {
  return selector.kind !== "nodes" && matches(selector.pods, labels);
}
