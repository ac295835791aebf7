import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatLossTable, parseLoss } from "./loss.ts";

test("formatLossTable() and parseLoss() agree on the share that is lost", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), (parts) => {
      const percent = parts / 100;
      const ruleset = formatLossTable("node-3", percent).split("\n").slice(2).join("\n");
      assert.ok(Math.abs(parseLoss(ruleset, "node-3") - percent) < 0.005);
      assert.equal(parseLoss(ruleset, "node-4"), 0);
    }),
  );
});

test("formatLossTable() only removes what was there when nothing shall be lost", () => {
  assert.equal(
    formatLossTable("rt-subnet-1", 0),
    "table bridge loss_rt_subnet_1 {}\ndelete table bridge loss_rt_subnet_1\n",
  );
});

test("formatLossTable() drops everything at 100 %, where a random number could not", () => {
  assert.match(formatLossTable("node-3", 100), /iifname "node-3" drop/);
});
