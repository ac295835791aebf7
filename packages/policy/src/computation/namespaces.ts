import { LabelIndex } from "../selectors/label-index.ts";
import { matches, type Selector } from "../selectors/selector.ts";
import { SelectorIndex } from "../selectors/selector-index.ts";
import { NamespaceSet, NamespaceState } from "./namespace-state.ts";
import type { NamespaceRecord } from "./records.ts";

/** All Namespaces, and the sets of them that somebody selects. */
export class Namespaces {
  readonly #states = new Map<string, NamespaceState>();
  readonly #byLabel = new LabelIndex<NamespaceState>();
  readonly #sets = new Map<string, NamespaceSet>();
  readonly #setsBySelector = new SelectorIndex<NamespaceSet>();
  #known = 0;
  /** Undefined until somebody asks. */
  #records: readonly NamespaceRecord[] | undefined;

  /** How many have an object. */
  get count(): number {
    return this.#known;
  }

  get(name: string): NamespaceState | undefined {
    return this.#states.get(name);
  }

  all(): Iterable<NamespaceState> {
    return this.#states.values();
  }

  /** In the order of their names. */
  records(): readonly NamespaceRecord[] {
    this.#records ??= Array.from(this.#states.values())
      .flatMap(({ record }) => record ?? [])
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return this.#records;
  }

  /** The Namespace, made where there is none. */
  require(name: string): NamespaceState {
    const known = this.#states.get(name);
    if (known) return known;
    const state = new NamespaceState(name);
    this.#states.set(name, state);
    this.#place(state);
    return state;
  }

  /** The Namespace where other selectors may select its Pods now. */
  set(name: string, record: NamespaceRecord | undefined): NamespaceState | undefined {
    const before = this.#states.get(name)?.record;
    if (JSON.stringify(before) === JSON.stringify(record)) return undefined;
    const state = this.require(name);
    if (state.record) this.#byLabel.delete(state.labels, state);
    this.#known += Number(record !== undefined) - Number(state.record !== undefined);
    state.record = record;
    this.#records = undefined;
    if (record) this.#byLabel.add(record.labels, state);
    this.#place(state);
    this.tidy(state);
    return state;
  }

  /** Forgets one that has neither an object nor Pods. */
  tidy(state: NamespaceState): void {
    if (state.record || state.pods.size > 0) return;
    for (const set of state.sets) set.namespaces.delete(state);
    this.#states.delete(state.name);
  }

  selectedBy(selector: Selector): ReadonlySet<NamespaceState> {
    const known = this.#sets.get(selector.text);
    if (known) return known.namespaces;
    const selected = new Set<NamespaceState>();
    for (const state of this.#candidates(selector))
      if (selects(selector, state)) selected.add(state);
    return selected;
  }

  requireSet(selector: Selector): NamespaceSet {
    const known = this.#sets.get(selector.text);
    if (known) return known;
    const set = new NamespaceSet(selector, this.selectedBy(selector));
    this.#sets.set(selector.text, set);
    set.forget = this.#setsBySelector.add(selector, set);
    for (const state of set.namespaces) state.sets.add(set);
    return set;
  }

  releaseSet(set: NamespaceSet): void {
    if (set.count > 0) return;
    set.forget();
    this.#sets.delete(set.selector.text);
    for (const state of set.namespaces) state.sets.delete(set);
  }

  *#candidates(selector: Selector): Iterable<NamespaceState> {
    const few = this.#byLabel.candidates(selector);
    if (!few) yield* this.#states.values();
    else for (const states of few.sets) yield* states;
  }

  #place(state: NamespaceState): void {
    const sets = new Set<NamespaceSet>();
    for (const set of this.#setsBySelector.candidates(state.labels))
      if (selects(set.selector, state)) sets.add(set);
    for (const set of state.sets) if (!sets.has(set)) set.namespaces.delete(state);
    for (const set of sets) set.namespaces.add(state);
    state.sets = sets;
  }
}

/** One whose object is not there yet is only in the set of all. */
function selects(selector: Selector, state: NamespaceState): boolean {
  if (!state.record) return selector.requirements.length === 0;
  return matches(selector, state.labels);
}
