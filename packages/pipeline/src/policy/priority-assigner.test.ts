import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type PriorityAssigner, priorityAssigner } from "./priority-assigner.ts";
import { compareOrders, prioritySpaces, type RuleOrder } from "./priority-space.ts";

const order = (tierPriority: number, priority: number, rule = 0): RuleOrder => ({
  tierPriority,
  priority,
  rule,
});

/** Orders that often are equal or neighbours. */
const anyOrder = fc.record({
  tierPriority: fc.constantFrom(50, 100, 249, 250, 251),
  priority: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constantFrom(5.5, 5.25, 10_000)),
  rule: fc.integer({ min: 0, max: 40 }),
});
const baselineOrder = anyOrder.map((one) => ({ ...one, tierPriority: one.rule % 2 ? 253 : 254 }));
const steps = (orders: fc.Arbitrary<RuleOrder>) =>
  fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.option(orders, { nil: undefined })), {
    maxLength: 150,
  });

function assertOrdered(assigner: PriorityAssigner, orders: ReadonlyMap<string, RuleOrder>): void {
  const sorted = [...orders].sort(([, a], [, b]) => compareOrders(a, b));
  for (const [i, [owner, mine]] of sorted.entries()) {
    const before = sorted[i - 1];
    const [placed, higher] = [
      assigner.placementOf(owner),
      before && assigner.placementOf(before[0]),
    ];
    assert.ok(placed && placed.priority > 9);
    if (!before || !higher || placed.isCrowded) continue;
    if (compareOrders(before[1], mine) === 0) assert.equal(placed.priority, higher.priority);
    else assert.ok(placed.priority < higher.priority, `${placed.priority} ${higher.priority}`);
  }
}

for (const [stage, orders] of [
  ["tiered", anyOrder],
  ["baseline", baselineOrder],
] as const)
  test(`priorityAssigner() keeps ${stage} rules in order whatever comes and goes, and forgets how they came`, () => {
    fc.assert(
      fc.property(steps(orders), (changes) => {
        const assigner = priorityAssigner(stage);
        const now = new Map<string, RuleOrder>();
        for (const [n, wanted] of changes) {
          const owner = `rule-${n}`;
          const before = new Map([...now.keys()].map((o) => [o, assigner.placementOf(o)]));
          const changed = assigner.update([[owner, wanted]]);
          if (wanted) now.set(owner, wanted);
          else now.delete(owner);
          for (const [o, placement] of before)
            if (!changed.has(o))
              assert.deepEqual(assigner.placementOf(o), placement, "told of moves");
          assertOrdered(assigner, now);
        }
        const restarted = priorityAssigner(stage);
        restarted.update([...now].reverse());
        for (const owner of now.keys())
          assert.deepEqual(restarted.placementOf(owner), assigner.placementOf(owner));
      }),
    );
  });

test("priorityAssigner() moves only what stands in the way of a new order", () => {
  const assigner = priorityAssigner("tiered");
  assigner.update([
    ["above", order(250, 4)],
    ["below", order(250, 6)],
    ...Array.from({ length: 20 }, (_, i) => [`five-${i}`, order(250, 5, i)] as const),
  ]);
  assert.deepEqual([...assigner.update([["new", order(250, 5.5)]])].sort(), ["below", "new"]);
  assert.deepEqual([...assigner.update([["far", order(100, 1)]])], ["far"]);
});

test("priorityAssigner() fails closed beyond its space: 70,000 orders, of which the last are crowded", () => {
  const assigner = priorityAssigner("tiered");
  const owners = Array.from({ length: 70_000 }, (_, i) => `rule-${i}`);
  assigner.update(owners.map((owner, i) => [owner, order(250, 1 + i / 8, 0)] as const));
  const { top, bottom, crowded } = prioritySpaces.tiered;
  const room = top - bottom + 1 - crowded;
  for (const [i, owner] of owners.entries()) {
    const placed = assigner.placementOf(owner);
    assert.equal(placed?.isCrowded, i >= room);
    assert.ok(placed.priority >= bottom && placed.priority <= top, "no wrap");
  }
});

test("priorityAssigner() spreads many rules of one order, which share clauses of one flow", () => {
  const assigner = priorityAssigner("tiered");
  const owners = Array.from({ length: 10_000 }, (_, i) => `rule-${i}`);
  assigner.update([
    ...owners.map((owner) => [owner, order(250, 5)] as const),
    ["next", order(250, 6)],
  ]);
  const counts = new Map<number, number>();
  for (const owner of owners) {
    const priority = assigner.placementOf(owner)?.priority ?? 0;
    counts.set(priority, (counts.get(priority) ?? 0) + 1);
  }
  assert.ok(Math.max(...counts.values()) < 2000);
  assert.ok(Math.min(...counts.keys()) > (assigner.placementOf("next")?.priority ?? 0));
});
