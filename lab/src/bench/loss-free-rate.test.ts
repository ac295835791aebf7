import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type LossFreeSearch, lossFreeRate } from "./loss-free-rate.ts";

const search: LossFreeSearch = {
  firstRate: 10_000,
  lossBound: 0.001,
  attempts: 2,
  strides: 6,
  halvings: 4,
};

/** A path that carries so many packets a second and loses the rest. */
function path(capacity: number) {
  const tried: number[] = [];
  return {
    tried,
    trial: async (rate: number) => {
      tried.push(rate);
      return { sentRate: rate, loss: Math.max(0, 1 - capacity / rate) };
    },
  };
}

test("lossFreeRate() finds what a path carries to 5 %, from below, in a bounded number of trials", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 400, max: 500_000 }), async (capacity) => {
      const { trial, tried } = path(capacity);
      const found = await lossFreeRate(trial, search);
      if (found < 10_000 * 2 ** (search.strides - 1))
        assert.ok(found > 0.95 * capacity, `${found} of ${capacity}`);
      assert.ok(found * (1 - search.lossBound) <= capacity);
      assert.ok(tried.length <= search.attempts * (search.strides + search.halvings));
    }),
  );
});

test("lossFreeRate() tries a rate again before it takes it for lost", async () => {
  let calls = 0;
  const { trial } = path(40_000);
  const unlucky = async (rate: number) =>
    calls++ % 2 === 0 ? { sentRate: rate, loss: 0.5 } : await trial(rate);
  assert.ok((await lossFreeRate(unlucky, search)) > 38_000);
});

test("lossFreeRate() ends with what the sender can send", async () => {
  const trial = async (rate: number) => ({ sentRate: Math.min(rate, 70_000), loss: 0 });
  assert.equal(await lossFreeRate(trial, search), 70_000);
});

test("lossFreeRate() throws where every rate loses packets", async () => {
  await assert.rejects(
    lossFreeRate(async (rate) => ({ sentRate: rate, loss: 1 }), search),
    /lost even at 313 a second/,
  );
});
