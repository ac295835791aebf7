import { invariant } from "@antrea/base";
import type { CompiledPolicy } from "../compile/compiled.ts";
import { AddressGroupState } from "./address-group.ts";
import { AppliedToGroupState } from "./applied-to-group.ts";
import type { Nodes } from "./nodes.ts";
import type { Pods } from "./pods.ts";
import type { PartNames } from "./policy-part.ts";
import { Selection } from "./selection.ts";
import type { Touched } from "./touched.ts";

/** All selections that groups are made of, while policies use the groups. */
export class Selections {
  readonly #byName = new Map<string, Selection>();
  readonly #touched: Touched;
  readonly #pods: Pods;
  readonly #nodes: Nodes;
  /** Those that some group of may have no user any more. */
  readonly #loose = new Set<Selection>();

  constructor(touched: Touched, { pods, nodes }: { readonly pods: Pods; readonly nodes: Nodes }) {
    this.#touched = touched;
    this.#pods = pods;
    this.#nodes = nodes;
  }

  get(name: string): Selection | undefined {
    return this.#byName.get(name);
  }

  all(): Iterable<Selection> {
    return this.#byName.values();
  }

  counts(): { readonly addressGroups: number; readonly appliedToGroups: number } {
    const counts = { addressGroups: 0, appliedToGroups: 0 };
    for (const { addressGroup, appliedToGroup } of this.#byName.values()) {
      if (addressGroup) counts.addressGroups++;
      if (appliedToGroup) counts.appliedToGroups++;
    }
    return counts;
  }

  /** The groups of a part of a policy, made where there are none. */
  groupsOf(part: PartNames, { selectorOf }: Pick<CompiledPolicy, "selectorOf">) {
    const appliedTo = new Set<AppliedToGroupState>();
    const address = new Set<AddressGroupState>();
    for (const name of part.appliedTo) {
      const selection = this.#require(name, selectorOf);
      selection.appliedToGroup ??= new AppliedToGroupState(
        selection,
        this.#touched.appliedToGroups,
      );
      appliedTo.add(selection.appliedToGroup);
    }
    for (const name of part.address) {
      const selection = this.#require(name, selectorOf);
      selection.addressGroup ??= new AddressGroupState(selection, this.#touched.addressGroups);
      address.add(selection.addressGroup);
    }
    return { appliedTo, address };
  }

  /** The groups may have lost their last user. */
  loosen(groups: Iterable<{ readonly selection: Selection }>): void {
    for (const { selection } of groups) this.#loose.add(selection);
  }

  /** Lets go of groups that no policy uses. An AddressGroup without users has no Nodes either. */
  tidy(): void {
    for (const selection of this.#loose) {
      if (selection.addressGroup?.users.size === 0) selection.addressGroup = undefined;
      if (selection.appliedToGroup?.users.size === 0) this.#dropAppliedToGroup(selection);
      if (!selection.addressGroup && !selection.appliedToGroup) this.#drop(selection);
    }
    this.#loose.clear();
  }

  #require(name: string, selectorOf: CompiledPolicy["selectorOf"]): Selection {
    const known = this.#byName.get(name);
    if (known) return known;
    const selector = selectorOf(name);
    invariant(selector, `the policy that names group ${name} says whom it selects`);
    const selection = new Selection(name, selector);
    this.#byName.set(name, selection);
    if (selector.kind === "nodes") this.#nodes.select(selection, selector.nodes);
    else this.#pods.select(selection, selector);
    return selection;
  }

  #dropAppliedToGroup(selection: Selection): void {
    selection.appliedToGroup?.dissolve();
    selection.appliedToGroup = undefined;
  }

  #drop(selection: Selection): void {
    this.#byName.delete(selection.name);
    if (selection.selector.kind === "nodes") this.#nodes.unselect(selection);
    else this.#pods.unselect(selection);
    for (const one of selection.members) one.selections.delete(selection);
  }
}
