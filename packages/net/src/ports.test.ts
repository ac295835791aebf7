import assert from "node:assert/strict";
import { test } from "node:test";
import { ofPort, parseL4Port, parseVlanId } from "./ports.ts";

test("ofPort() takes 32 bits and nothing else", () => {
  assert.equal(ofPort(0xffffffff), 0xffffffff);
  for (const value of [-1, 1.5, 2 ** 32, Number.NaN])
    assert.throws(() => ofPort(value), /is an OpenFlow port/);
});

test("parseL4Port() and parseVlanId() hold their bounds", () => {
  assert.deepEqual([0, 65_535, 65_536, -1, 1.5, Number.NaN].map(parseL4Port), [
    0,
    65_535,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  assert.deepEqual([0, 4_095, 4_096, -1].map(parseVlanId), [0, 4_095, undefined, undefined]);
});
