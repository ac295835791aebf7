import type { GroupMember } from "../model.ts";
import type { PolicyPart } from "./policy-part.ts";
import type { Selectable, Selection } from "./selection.ts";
import { Span } from "./span.ts";

/** What one member of a group was before the event. */
export interface FormerMember {
  readonly member: GroupMember | undefined;
  readonly host: string | undefined;
}

const noFormer: ReadonlyMap<Selectable, FormerMember> = new Map();

/** A group while policies use it. */
export class GroupState {
  readonly name: string;
  readonly selection: Selection;
  readonly users = new Set<PolicyPart>();
  readonly span = new Span();
  #former: Map<Selectable, FormerMember> | undefined;
  #isNew = true;

  constructor(selection: Selection) {
    this.name = selection.name;
    this.selection = selection;
  }

  /** Ends the event: what members that changed in it were before. */
  settle(): ReadonlyMap<Selectable, FormerMember> {
    const former = this.#former ?? noFormer;
    this.#former = undefined;
    this.#isNew = false;
    return former;
  }

  /** A group that nobody has been told of has no members to remember. */
  protected remember(one: Selectable, was: FormerMember): void {
    if (this.#isNew) return;
    this.#former ??= new Map();
    if (!this.#former.has(one)) this.#former.set(one, was);
  }
}
