import type { AddressGroup, GroupMember } from "../model.ts";
import { GroupState } from "./group-state.ts";
import type { Selectable, Selection, Standing } from "./selection.ts";

/** A group of peers: the Nodes of the policies that use it have all of its members. */
export class AddressGroupState extends GroupState {
  readonly #touched: Set<AddressGroupState>;
  #object: AddressGroup | undefined;

  constructor(selection: Selection, touched: Set<AddressGroupState>) {
    super(selection);
    this.#touched = touched;
  }

  /** The same object until a member changes. */
  get object(): AddressGroup {
    this.#object ??= { name: this.name, members: this.#members() };
    return this.#object;
  }

  memberChanged(one: Selectable, was: Standing, now: Standing): void {
    if (was.peer === now.peer) return;
    this.remember(one, { member: was.peer, host: undefined });
    this.#object = undefined;
    this.#touched.add(this);
  }

  gain(node: string): void {
    if (this.span.add(node)) this.#touched.add(this);
  }

  lose(node: string): void {
    if (this.span.delete(node)) this.#touched.add(this);
  }

  #members(): readonly GroupMember[] {
    const members: GroupMember[] = [];
    for (const { standing } of this.selection.members)
      if (standing.peer) members.push(standing.peer);
    return members;
  }
}
