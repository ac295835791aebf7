import assert from "node:assert/strict";
import { test } from "node:test";
import { allows, newBudget, probesPerSecond, refilled, spent } from "./budget.ts";

/** How many probes go in ten seconds when all that may go do. */
function sentInTenSeconds(isUrgent: boolean): number {
  let budget = newBudget(0);
  let sent = 0;
  for (let now = 0; now <= 10_000; now += 10) {
    budget = refilled(budget, now);
    for (; allows(budget, 1, isUrgent); sent++) budget = spent(budget, 1, isUrgent);
  }
  return sent;
}

test("a budget lets so many probes go a second, half as many of those that can wait", () => {
  const spare = 110; // what may go at once at first
  const urgent = sentInTenSeconds(true);
  assert.ok(urgent >= probesPerSecond.urgent * 10 - spare, `${urgent}`);
  assert.ok(urgent <= probesPerSecond.urgent * 10 + spare, `${urgent}`);
  const others = sentInTenSeconds(false);
  assert.ok(others <= probesPerSecond.others * 10 + spare, `${others}`);
});

test("a budget keeps something back for urgent probes", () => {
  let budget = newBudget(0);
  while (allows(budget, 1, false)) budget = spent(budget, 1, false);
  assert.ok(allows(budget, 1, true));
});
