import type { NetworkPolicy, PolicyRule } from "../model.ts";
import type { AddressGroupState } from "./address-group.ts";
import type { AppliedToGroupState } from "./applied-to-group.ts";
import type { PolicyState } from "./policy-state.ts";
import { Span } from "./span.ts";

/** The groups of a part: whom it is for, and whom its rules speak of. */
export interface PartGroups<A, B> {
  readonly appliedTo: ReadonlySet<A>;
  readonly address: ReadonlySet<B>;
}

/**
 * Rules of a policy that are for the same groups. A Node has the parts that are for somebody on it, so that
 * of a policy with a rule for each Namespace a Node has those of its own Pods' Namespaces.
 */
export class PolicyPart {
  readonly policy: PolicyState;
  /** The Nodes of its groups' members, counted by groups. */
  readonly span = new Span();
  appliedToGroups: ReadonlySet<AppliedToGroupState> = noGroups;
  addressGroups: ReadonlySet<AddressGroupState> = noGroups;
  #names: PartNames = noNames;

  constructor(policy: PolicyState) {
    this.policy = policy;
  }

  has({ appliedTo, address }: PartNames): boolean {
    return isSame(this.#names.appliedTo, appliedTo) && isSame(this.#names.address, address);
  }

  /** In new groups before it leaves old ones, so that no Node goes and comes. */
  become(
    names: PartNames,
    { appliedTo, address }: PartGroups<AppliedToGroupState, AddressGroupState>,
  ): void {
    this.#names = names;
    this.#applyTo(appliedTo);
    this.#speakOf(address);
  }

  retire(): void {
    this.become(noNames, { appliedTo: noGroups, address: noGroups });
  }

  gain(node: string): void {
    if (!this.span.add(node)) return;
    this.policy.gain(node);
    for (const group of this.appliedToGroups) group.join(node);
    for (const group of this.addressGroups) group.gain(node);
  }

  lose(node: string): void {
    if (!this.span.delete(node)) return;
    this.policy.lose(node);
    for (const group of this.appliedToGroups) group.leave(node);
    for (const group of this.addressGroups) group.lose(node);
  }

  /** Groups first come and go with the Nodes that it has, then it follows their members. */
  #applyTo(next: ReadonlySet<AppliedToGroupState>): void {
    const before = this.appliedToGroups;
    const entered = [...next].filter((group) => !before.has(group));
    const left = [...before].filter((group) => !next.has(group));
    for (const node of this.span.nodes()) {
      for (const group of entered) group.join(node);
      for (const group of left) group.leave(node);
    }
    this.appliedToGroups = next;
    for (const group of entered) {
      group.users.add(this);
      for (const node of group.hosts.nodes()) this.gain(node);
    }
    for (const group of left) {
      group.users.delete(this);
      for (const node of group.hosts.nodes()) this.lose(node);
    }
  }

  #speakOf(next: ReadonlySet<AddressGroupState>): void {
    const before = this.addressGroups;
    this.addressGroups = next;
    for (const group of next) {
      if (before.has(group)) continue;
      group.users.add(this);
      for (const node of this.span.nodes()) group.gain(node);
    }
    for (const group of before) {
      if (next.has(group)) continue;
      group.users.delete(this);
      for (const node of this.span.nodes()) group.lose(node);
    }
  }
}

/** The part that a rule belongs to: all rules that are for whom the policy is for are one. */
export function partKey({ appliedToGroups }: Pick<PolicyRule, "appliedToGroups">): string {
  return appliedToGroups.join();
}

/** The names of a part's groups, of those that it speaks of some maybe twice. */
export interface PartNames {
  readonly appliedTo: readonly string[];
  readonly address: readonly string[];
}

/** Of each part; there is always that of whom the policy is for. */
export function partsOf(policy: NetworkPolicy): ReadonlyMap<string, PartNames> {
  const own = { appliedTo: policy.appliedToGroups, address: [] as string[] };
  const parts = new Map([["", own]]);
  for (const rule of policy.rules) {
    const key = partKey(rule);
    const part = parts.get(key) ?? { appliedTo: rule.appliedToGroups, address: [] };
    parts.set(key, part);
    for (const name of rule.peer.addressGroups) part.address.push(name);
  }
  return parts;
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((name, i) => name === others[i]);
}

const noGroups: ReadonlySet<never> = new Set();
const noNames: PartNames = { appliedTo: [], address: [] };
