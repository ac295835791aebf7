import assert from "node:assert/strict";
import { test } from "node:test";
import { expectedSeconds, planVisits, sections, setupNames } from "./plan.ts";
import { randomFrom } from "./statistics.ts";

test("planVisits() measures every configuration once a round, in an order of its own", () => {
  const visits = planVisits({ sections, rounds: 6, seconds: 1 }, randomFrom(1));
  const orders = [0, 1, 2, 3, 4, 5].map((round) =>
    visits.filter((visit) => visit.round === round).map(({ setup }) => setup),
  );
  for (const order of orders) assert.deepEqual(order.toSorted(), setupNames.toSorted());
  assert.ok(new Set(orders.map((order) => order.join())).size > 1);
});

test("planVisits() never changes the configuration where only Pods of one Node are measured", () => {
  const visits = planVisits({ sections: ["node"], rounds: 2, seconds: 1 }, randomFrom(1));
  assert.deepEqual(
    visits.map(({ setup, distances, hasCni }) => ({ setup, distances, hasCni })),
    [0, 1].map(() => ({ setup: "tunnel", distances: ["one Node"], hasCni: false })),
  );
});

test("expectedSeconds() counts a change of the configuration only where there is one", () => {
  const options = { sections: ["cni"], rounds: 2, seconds: 1 } as const;
  const [first, second] = expectedSeconds(planVisits(options, randomFrom(1)), options);
  assert.equal(first, second);
});
