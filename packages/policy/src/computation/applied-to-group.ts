import type { AppliedToGroup, GroupMember } from "../model.ts";
import { GroupState } from "./group-state.ts";
import type { NodeState } from "./nodes.ts";
import type { Selectable, Selection, Standing } from "./selection.ts";
import { Span } from "./span.ts";

/**
 * A group of whom rules are for. The Nodes of its members have the policies that use it, and each Node that
 * has such a policy has the group, with its own members, also where these are none: it then knows that
 * nobody is missing.
 */
export class AppliedToGroupState extends GroupState {
  /** The Nodes that members are on. */
  readonly hosts = new Span();
  readonly #touched: Set<AppliedToGroupState>;

  constructor(selection: Selection, touched: Set<AppliedToGroupState>) {
    super(selection);
    this.#touched = touched;
    touched.add(this);
    for (const { standing } of selection.members)
      if (standing.host !== undefined) this.hosts.add(standing.host);
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

  /** A policy that uses it has come to the Node. */
  join(node: string): void {
    if (this.span.add(node)) this.#touched.add(this);
  }

  leave(node: string): void {
    if (this.span.delete(node)) this.#touched.add(this);
  }

  #gain(node: string): void {
    if (this.hosts.add(node)) for (const part of this.users) part.gain(node);
  }

  #lose(node: string): void {
    if (this.hosts.delete(node)) for (const part of this.users) part.lose(node);
  }

  #of(among: Iterable<Selectable>, isMember?: (one: Selectable) => boolean): AppliedToGroup {
    const members: GroupMember[] = [];
    for (const one of among)
      if (one.standing.own && isMember?.(one) !== false) members.push(one.standing.own);
    return { name: this.name, members };
  }
}

const noPods: ReadonlySet<Selectable> = new Set();
