import type { Selector } from "../selectors/selector.ts";
import { SelectorIndex } from "../selectors/selector-index.ts";
import type { PodState } from "./pod-state.ts";
import type { Labels, NamespaceRecord } from "./records.ts";
import type { Selection } from "./selection.ts";

/** A Namespace, from its first Pod or its own object on. */
export class NamespaceState {
  readonly name: string;
  /** Undefined until its object is there. */
  record: NamespaceRecord | undefined;
  readonly pods = new Map<string, PodState>();
  sets = new Set<NamespaceSet>();

  constructor(name: string) {
    this.name = name;
  }

  get labels(): Labels {
    return this.record?.labels ?? noLabels;
  }
}

const noLabels: Labels = {};

/** The Namespaces that a selector selects, and the selections of Pods in them. */
export class NamespaceSet {
  readonly selector: Selector;
  readonly namespaces: Set<NamespaceState>;
  readonly selections = new SelectorIndex<Selection>();
  /** How many selections it has. */
  count = 0;
  forget: () => void = () => {};

  constructor(selector: Selector, namespaces: ReadonlySet<NamespaceState>) {
    this.selector = selector;
    this.namespaces = new Set(namespaces);
  }
}
