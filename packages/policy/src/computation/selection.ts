import type { GroupMember } from "../model.ts";
import type { GroupSelector } from "../selectors/group-selector.ts";
import type { AddressGroupState } from "./address-group.ts";
import type { AppliedToGroupState } from "./applied-to-group.ts";
import type { Labels } from "./records.ts";

/** What a Pod or a Node is to the groups that it is in. */
export interface Standing {
  /** As a member of AddressGroups; undefined while it has no address that is its own. */
  readonly peer?: GroupMember | undefined;
  /** As a member of AppliedToGroups; undefined while no Node enforces anything for it. */
  readonly own?: GroupMember | undefined;
  /** The Node that enforces what is for it. */
  readonly host?: string | undefined;
}

/** A Pod or a Node, and what selects it. */
export interface Selectable {
  labels: Labels;
  standing: Standing;
  selections: Set<Selection>;
}

const noStanding: Standing = {};

/** Whom a selector selects now, and the groups that are made of them: for peers, for whom rules are, or both. */
export class Selection {
  readonly name: string;
  readonly selector: GroupSelector;
  readonly members = new Set<Selectable>();
  addressGroup: AddressGroupState | undefined;
  appliedToGroup: AppliedToGroupState | undefined;

  constructor(name: string, selector: GroupSelector) {
    this.name = name;
    this.selector = selector;
  }

  join(one: Selectable): void {
    one.selections.add(this);
    this.gain(one);
  }

  /** Whoever is selected knows it already. */
  gain(one: Selectable): void {
    this.members.add(one);
    this.#tell(one, noStanding, one.standing);
  }

  lose(one: Selectable, was: Standing): void {
    this.members.delete(one);
    this.#tell(one, was, noStanding);
  }

  /** A member is something else than it was. */
  changed(one: Selectable, was: Standing): void {
    this.#tell(one, was, one.standing);
  }

  #tell(one: Selectable, was: Standing, now: Standing): void {
    this.addressGroup?.memberChanged(one, was, now);
    this.appliedToGroup?.memberChanged(one, was, now);
  }
}

/** From what selected it and what it was, to what selects it and what it is; the set is its own from now on. */
export function reselect(
  one: Selectable,
  next: { readonly standing: Standing; readonly selections: Set<Selection> },
): void {
  const { standing: was, selections: before } = one;
  const { standing, selections } = next;
  Object.assign(one, { standing, selections });
  for (const selection of before) {
    if (!selections.has(selection)) selection.lose(one, was);
    else if (was !== standing) selection.changed(one, was);
  }
  for (const selection of selections) if (!before.has(selection)) selection.gain(one);
}
