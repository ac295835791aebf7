import type { AppliedToGroup, GroupMember } from "../model.ts";
import { GroupState } from "./group-state.ts";
import type { Selectable, Selection, Standing } from "./selection.ts";

/** A group of whom rules are for: each Node has the members that are on it. */
export class AppliedToGroupState extends GroupState {
  readonly #touched: Set<AppliedToGroupState>;

  constructor(selection: Selection, touched: Set<AppliedToGroupState>) {
    super(selection);
    this.#touched = touched;
    touched.add(this);
    for (const { standing } of selection.members)
      if (standing.host !== undefined) this.span.add(standing.host);
  }

  get object(): AppliedToGroup {
    return this.#of(this.selection.members);
  }

  /** Of those on the Node, `neighbours`, the members; whichever is less is looked through. */
  objectFor(node: string, neighbours: ReadonlySet<Selectable>): AppliedToGroup {
    const { members } = this.selection;
    const few = members.size < neighbours.size ? members : neighbours;
    return this.#of(few, (one) => members.has(one) && one.standing.host === node);
  }

  memberChanged(one: Selectable, was: Standing, now: Standing): void {
    if (was.own === now.own && was.host === now.host) return;
    this.remember(one, { member: was.own, host: was.host });
    this.#touched.add(this);
    if (was.host === now.host) return;
    if (now.host !== undefined) this.#gain(now.host);
    if (was.host !== undefined) this.#lose(was.host);
  }

  /** Nobody uses it any more. */
  dissolve(): void {
    this.span.clear();
    this.#touched.add(this);
  }

  #gain(node: string): void {
    if (this.span.add(node)) for (const policy of this.users) policy.gain(node);
  }

  #lose(node: string): void {
    if (this.span.delete(node)) for (const policy of this.users) policy.lose(node);
  }

  #of(among: Iterable<Selectable>, isMember?: (one: Selectable) => boolean): AppliedToGroup {
    const members: GroupMember[] = [];
    for (const one of among)
      if (one.standing.own && isMember?.(one) !== false) members.push(one.standing.own);
    return { name: this.name, members };
  }
}
