import type { AppliedToGroup, GroupMember } from "../model.ts";
import { GroupState } from "./group-state.ts";
import type { NodeState } from "./nodes.ts";
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

  /** The members on one Node; its Pods or the members are looked through, whichever are less. */
  objectFor(node: string, state: NodeState | undefined): AppliedToGroup {
    const { members, selector } = this.selection;
    const pods = state?.pods ?? noPods;
    if (selector.kind === "nodes" || members.size <= pods.size)
      return this.#of(members, ({ standing }) => standing.host === node);
    return this.#of(pods, (pod) => members.has(pod));
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

const noPods: ReadonlySet<Selectable> = new Set();
