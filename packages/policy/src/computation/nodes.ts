import { matches, type Selector } from "../selectors/selector.ts";
import { same } from "./pod-state.ts";
import type { PodState } from "./pod-state.ts";
import type { Labels, NodeRecord } from "./records.ts";
import { reselect, type Selectable, type Selection, type Standing } from "./selection.ts";

/** A Node, from its first Pod or its own object on. */
export class NodeState implements Selectable {
  readonly name: string;
  isKnown = false;
  labels: Labels = {};
  standing: Standing = {};
  selections = new Set<Selection>();
  readonly pods = new Set<PodState>();

  constructor(name: string) {
    this.name = name;
  }
}

/** All Nodes, and the selections of Nodes, which are few. */
export class Nodes {
  readonly #states = new Map<string, NodeState>();
  readonly #selections = new Map<Selection, Selector>();

  get(name: string): NodeState | undefined {
    return this.#states.get(name);
  }

  set(name: string, record: NodeRecord | undefined): void {
    const state = record ? this.#require(name) : this.#states.get(name);
    if (!state) return;
    state.isKnown = record !== undefined;
    state.labels = record?.labels ?? {};
    const standing = record ? standingOf(record, state.standing) : {};
    reselect(state, { standing, selections: this.#selecting(state) });
    this.#tidy(state);
  }

  /** The Pod is on another Node than before. */
  move(pod: PodState, from: string | undefined, to: string | undefined): void {
    if (from === to) return;
    const left = from === undefined ? undefined : this.#states.get(from);
    left?.pods.delete(pod);
    if (left) this.#tidy(left);
    if (to !== undefined) this.#require(to).pods.add(pod);
  }

  select(selection: Selection, selector: Selector): void {
    this.#selections.set(selection, selector);
    for (const state of this.selectedBy(selector)) selection.join(state);
  }

  unselect(selection: Selection): void {
    this.#selections.delete(selection);
  }

  *selectedBy(selector: Selector): Iterable<NodeState> {
    for (const state of this.#states.values())
      if (state.isKnown && matches(selector, state.labels)) yield state;
  }

  #require(name: string): NodeState {
    const known = this.#states.get(name);
    if (known) return known;
    const state = new NodeState(name);
    this.#states.set(name, state);
    return state;
  }

  #tidy(state: NodeState): void {
    if (!state.isKnown && state.pods.size === 0) this.#states.delete(state.name);
  }

  #selecting({ isKnown, labels }: NodeState): Set<Selection> {
    const selecting = new Set<Selection>();
    if (!isKnown) return selecting;
    for (const [selection, selector] of this.#selections)
      if (matches(selector, labels)) selecting.add(selection);
    return selecting;
  }
}

function standingOf({ name, addresses }: NodeRecord, before: Standing): Standing {
  const own = same(before.own, { node: name, ips: [], ports: [] });
  const member = { node: name, ips: addresses, ports: [] };
  const peer = addresses.length > 0 ? same(before.peer, member) : undefined;
  return own === before.own && peer === before.peer ? before : { peer, own, host: name };
}
