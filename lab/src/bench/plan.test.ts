import assert from "node:assert/strict";
import { test } from "node:test";
import {
  expectedSeconds,
  placesAfter,
  planRounds,
  sections,
  setupNames,
  setupsFor,
} from "./plan.ts";
import { randomFrom } from "./statistics.ts";

test("planRounds() takes each figure of every configuration and of the floor right after another", () => {
  const rounds = planRounds({ sections, rounds: 6, seconds: 1 }, randomFrom(1));
  const orders = rounds.flatMap(({ groups }) =>
    groups
      .filter(({ distance }) => distance === "two Nodes")
      .map(({ subjects }) => subjects.map(({ setup, subject }) => `${setup} ${subject}`)),
  );
  const wanted = [...setupNames.map((setup) => `${setup} ours`), "tunnel floor"];
  for (const order of orders) assert.deepEqual(order.toSorted(), wanted.toSorted());
  assert.ok(new Set(orders.map((order) => order.join())).size > 1, "orders are by chance");
});

test("planRounds() measures Pods of one Node in the first configuration only", () => {
  const options = { sections: ["node"], rounds: 2, seconds: 1 } as const;
  const rounds = planRounds(options, randomFrom(1));
  const setups = rounds.flatMap(({ groups }) =>
    groups.flatMap(({ subjects }) => subjects.map(({ setup }) => setup)),
  );
  assert.deepEqual(new Set(setups), new Set(["tunnel"]));
  assert.deepEqual(setupsFor(options.sections), ["tunnel"]);
  assert.ok(rounds.every(({ hasCni }) => !hasCni));
});

test("planRounds() moves configurations so often that each has been in every lab", () => {
  const shiftsOf = (chosen: typeof sections | readonly ["node"], rounds: number) =>
    planRounds({ sections: chosen, rounds, seconds: 1 }, randomFrom(1)).map(({ shift }) => shift);
  assert.deepEqual(shiftsOf(sections, 10), [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
  assert.deepEqual(shiftsOf(sections, 2), [0, 1]);
  assert.deepEqual(shiftsOf(["node"], 2), [0, 0]);
  const labs = [0, 1, 2, 3, 4].map((shift) => placesAfter(setupNames, shift).indexOf("tso"));
  assert.deepEqual(
    labs.toSorted((a, b) => a - b),
    [0, 1, 2, 3, 4],
  );
});

test("expectedSeconds() grows with the figures of a round", () => {
  const take = (chosen: typeof sections | readonly ["node"]) =>
    expectedSeconds(planRounds({ sections: chosen, rounds: 1, seconds: 2 }, randomFrom(1)), 2)[0] ??
    0;
  assert.ok(take(sections) > 4 * take(["node"]));
});
