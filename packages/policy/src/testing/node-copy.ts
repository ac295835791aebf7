import assert from "node:assert/strict";
import type { Computed, ComputedChange, ComputedObjects } from "../computed.ts";
import {
  type AppliedToGroup,
  type GroupMember,
  memberKey,
  type NetworkPolicy,
  type PodReceipt,
} from "../model.ts";

/** What one Node has, by what it was told alone; refuses what makes no sense to be told. */
export class NodeCopy {
  readonly policies = new Map<string, NetworkPolicy>();
  readonly addressGroups = new Map<string, Map<string, GroupMember>>();
  readonly appliedToGroups = new Map<string, Map<string, GroupMember>>();
  readonly receipts = new Map<string, PodReceipt>();
  readonly #node: string;

  constructor(node: string, computed: Computed) {
    this.#node = node;
    this.#follow(computed.addressGroups, this.addressGroups, membersOf);
    this.#follow(computed.appliedToGroups, this.appliedToGroups, membersOf);
    this.#follow(computed.networkPolicies, this.policies, (policy) => policy);
    this.#follow(computed.podReceipts, this.receipts, (receipt) => receipt);
    computed.networkPolicies.onChange(() => this.#refersToWhatIsThere());
    computed.addressGroups.onChange(() => this.#refersToWhatIsThere());
    computed.appliedToGroups.onChange(() => this.#refersToWhatIsThere());
  }

  #follow<T, C>(
    objects: ComputedObjects<T>,
    copies: Map<string, C>,
    copyOf: (object: T) => C,
  ): void {
    const isFor = (nodes: Iterable<string>) => [...nodes].includes(this.#node);
    const take = (name: string) => {
      const object = objects.forNode(name, this.#node);
      assert.ok(object, `${this.#node} is told of ${name}, and may have it`);
      copies.set(name, copyOf(structuredClone(object)));
    };
    objects.onChange((change) => {
      const { name } = change;
      const has = copies.has(name);
      if (isFor(change.left)) assert.ok(copies.delete(name), `${name} leaves where it was`);
      if (isFor(change.joined)) {
        assert.ok(!has, `${name} comes to where it was not`);
        take(name);
      }
      if (!isFor(change.stayed)) return;
      assert.ok(has && copies.has(name), `${name} changes where it was`);
      const copy = copies.get(name);
      if (copy instanceof Map) this.#patch(copy as Map<string, GroupMember>, change);
      else take(name);
    });
  }

  #patch(members: Map<string, GroupMember>, change: ComputedChange): void {
    const { added, removed } = change.membersFor(this.#node);
    for (const one of removed)
      assert.ok(members.delete(memberKey(one)), "what is removed was there");
    for (const one of added) {
      assert.ok(!members.has(memberKey(one)), "what is added was not there");
      members.set(memberKey(one), one);
    }
  }

  /** Whatever a policy speaks of came before it, and leaves after it. */
  #refersToWhatIsThere(): void {
    for (const { rules } of this.policies.values())
      for (const { peer } of rules)
        for (const name of peer.addressGroups)
          assert.ok(
            this.addressGroups.has(name),
            `${this.#node} has the group ${name} of a policy`,
          );
  }
}

function membersOf({ members }: AppliedToGroup): Map<string, GroupMember> {
  return new Map(members.map((one) => [memberKey(one), one]));
}
