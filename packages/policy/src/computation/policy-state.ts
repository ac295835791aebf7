import type { CompiledPolicy } from "../compile/compiled.ts";
import type { NetworkPolicy } from "../model.ts";
import type { AddressGroupState } from "./address-group.ts";
import type { AppliedToGroupState } from "./applied-to-group.ts";
import type { PolicyRecord } from "./records.ts";
import { Span } from "./span.ts";

/** A policy, the groups that it uses, and the Nodes that enforce it. */
export class PolicyState {
  record: PolicyRecord;
  compiled: Pick<CompiledPolicy, "policy" | "problems"> | undefined;
  /** What it looked at beside its own text. */
  reads: ReadonlySet<string> = new Set();
  appliedToGroups: ReadonlySet<AppliedToGroupState> = noGroups;
  addressGroups: ReadonlySet<AddressGroupState> = noGroups;
  readonly span = new Span();
  readonly #touched: Set<PolicyState>;
  /** What Nodes have, while that differs from what is. */
  #former: NetworkPolicy | undefined;

  constructor(record: PolicyRecord, touched: Set<PolicyState>) {
    this.record = record;
    this.#touched = touched;
  }

  /** In new groups before it leaves old ones, so that no Node goes and comes. */
  become(
    { policy, problems }: CompiledPolicy,
    groups: {
      readonly appliedTo: ReadonlySet<AppliedToGroupState>;
      readonly address: ReadonlySet<AddressGroupState>;
    },
  ): void {
    this.#former ??= this.compiled?.policy;
    this.compiled = { policy, problems };
    this.#touched.add(this);
    this.#applyTo(groups.appliedTo);
    this.#speakOf(groups.address);
  }

  /** It is no more. */
  retire(): void {
    this.#touched.add(this);
    this.#applyTo(noGroups);
    this.#speakOf(noGroups);
  }

  gain(node: string): void {
    if (!this.span.add(node)) return;
    this.#touched.add(this);
    for (const group of this.appliedToGroups) group.join(node);
    for (const group of this.addressGroups) group.gain(node);
  }

  lose(node: string): void {
    if (!this.span.delete(node)) return;
    this.#touched.add(this);
    for (const group of this.appliedToGroups) group.leave(node);
    for (const group of this.addressGroups) group.lose(node);
  }

  /** Ends the event: whether Nodes that have it are to have it anew. */
  settle(): boolean {
    const former = this.#former;
    this.#former = undefined;
    const policy = this.compiled?.policy;
    return former !== undefined && JSON.stringify(former) !== JSON.stringify(policy);
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

const noGroups: ReadonlySet<never> = new Set();
