import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ComputedObjects } from "../computed.ts";
import { type GroupMember, memberKey } from "../model.ts";
import { arbitraryEvents, arbitraryNodes, type Told } from "../testing/arbitrary-cluster.ts";
import { NodeCopy } from "../testing/node-copy.ts";
import { policyComputation } from "./computation.ts";
import type { PolicyComputation } from "./interface.ts";

const numRuns = Number(process.env["RUNS"] ?? 300);
const byText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

test("policyComputation() comes to the same by any events as by the last state alone", () => {
  fc.assert(
    fc.property(arbitraryEvents, (events) => {
      const computation = policyComputation();
      for (const event of events) computation.update((cluster) => tellAll(event, cluster));
      assert.deepEqual(stateOf(computation), stateOf(fresh(events)));
    }),
    { numRuns },
  );
});

test("policyComputation() tells each Node what it is to have, in an order in which nothing is missing", () => {
  fc.assert(
    fc.property(arbitraryEvents, (events) => {
      const computation = policyComputation();
      const copies = new Map(arbitraryNodes.map((node) => [node, new NodeCopy(node, computation)]));
      for (const event of events) {
        computation.update((cluster) => tellAll(event, cluster));
        for (const [node, copy] of copies)
          assert.deepEqual(copied(copy), perNode(computation, node));
      }
    }),
    { numRuns },
  );
});

function tellAll(event: readonly Told[], cluster: Parameters<Told["tell"]>[0]): void {
  for (const one of event) one.tell(cluster);
}

/** Told once of what is there in the end. */
function fresh(events: readonly (readonly Told[])[]): PolicyComputation {
  const last = new Map(events.flat().map((one) => [one.key, one]));
  const computation = policyComputation();
  computation.update((cluster) => {
    for (const one of last.values()) if (!one.isRemoval) one.tell(cluster);
  });
  return computation;
}

/** All that can be asked. */
function stateOf(computation: PolicyComputation): unknown {
  const { networkPolicies, addressGroups, appliedToGroups, podReceipts } = computation;
  const uids = [...networkPolicies.names()].toSorted(byText);
  return {
    policies: wholes(networkPolicies, (one) => one),
    problems: uids.map((uid) => computation.problems(uid)),
    addressGroups: wholes(addressGroups, sortedMembers),
    appliedToGroups: wholes(appliedToGroups, sortedMembers),
    receipts: wholes(podReceipts, (one) => one),
    nodes: arbitraryNodes.map((node) => perNode(computation, node)),
    counts: computation.counts(),
  };
}

function wholes<T>(objects: ComputedObjects<T>, seen: (object: T) => unknown): unknown {
  return [...objects.names()].toSorted(byText).map((name) => {
    const object = objects.get(name);
    assert.ok(object, `${name} is there`);
    return [name, seen(object), [...objects.span(name)].toSorted(byText)];
  });
}

function perNode(computation: PolicyComputation, node: string): unknown {
  const { networkPolicies, addressGroups, appliedToGroups, podReceipts } = computation;
  return [
    shares(networkPolicies, node, (one) => one),
    shares(addressGroups, node, sortedMembers),
    shares(appliedToGroups, node, sortedMembers),
    shares(podReceipts, node, (one) => one),
  ];
}

function shares<T>(
  objects: ComputedObjects<T>,
  node: string,
  seen: (object: T) => unknown,
): readonly unknown[] {
  const names = [...objects.namesFor(node)].toSorted(byText);
  for (const name of objects.names())
    assert.equal(objects.span(name).has(node), names.includes(name), `${name} on ${node}`);
  return names.map((name) => {
    const object = objects.forNode(name, node);
    assert.ok(object, `${name} is for ${node}`);
    return [name, seen(object)];
  });
}

function sortedMembers({ members }: { readonly members: Iterable<GroupMember> }): unknown {
  return Object.fromEntries([...members].map((one) => [memberKey(one), one]));
}

function copied(copy: NodeCopy): unknown {
  const sorted = <T>(map: ReadonlyMap<string, T>, seen: (object: T) => unknown) =>
    [...map].toSorted(([a], [b]) => byText(a, b)).map(([name, one]) => [name, seen(one)]);
  const members = (map: ReadonlyMap<string, GroupMember>) => Object.fromEntries(map);
  return [
    sorted(copy.policies, (one) => one),
    sorted(copy.addressGroups, members),
    sorted(copy.appliedToGroups, members),
    sorted(copy.receipts, (one) => one),
  ];
}
