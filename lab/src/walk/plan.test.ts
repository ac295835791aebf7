import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveOptions } from "../options.ts";
import { planLab } from "../plan/lab-plan.ts";
import { parseIperf } from "./output-of-tools.ts";
import { walkPairs, walkPods } from "./plan.ts";

const plan = (nodes: number, subnets: number) =>
  planLab(resolveOptions({ nodes, subnets }), {
    stateRoot: "/state",
    runRoot: "/run/labs",
    machineAddresses: [],
  });

test("walkPairs() has a pair on one Node and every two Nodes once", () => {
  const four = plan(4, 2);
  const pairs = walkPairs(four, walkPods(four)).map(
    ({ from, to, distance }) => `${from.node} ${to.node} ${distance}`,
  );
  assert.deepEqual(pairs, [
    "node-1 node-1 same Node",
    "node-1 node-2 same subnet",
    "node-1 node-3 other subnet",
    "node-1 node-4 other subnet",
    "node-2 node-3 other subnet",
    "node-2 node-4 other subnet",
    "node-3 node-4 same subnet",
  ]);
});

test("walkPairs() stays linear in a large lab and works for one Node", () => {
  const [many, one] = [plan(40, 4), plan(1, 1)];
  assert.equal(walkPairs(many, walkPods(many)).length, 40);
  assert.equal(walkPairs(one, walkPods(one)).length, 1);
  assert.equal(new Set(walkPods(many).map((p) => p.name)).size, 41);
});

test("parseIperf() takes what the receiver counted, and nothing from a failed run", () => {
  assert.equal(parseIperf('{"end":{"sum_received":{"bits_per_second":1e9}}}'), 1e9);
  assert.equal(parseIperf('{"error":"unable to connect"}'), undefined);
  assert.equal(parseIperf("command not found"), undefined);
});
