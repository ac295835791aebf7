import assert from "node:assert/strict";
import { test } from "node:test";
import { becameSo, type Probe } from "./verdicts.ts";

/** A probe each millisecond: "a" was answered, "-" not. */
const probes = (text: string): readonly Probe[] =>
  Array.from(text, (one, i) => ({ sentNs: BigInt(i) * 1_000_000n, isAnswered: one === "a" }));
const ms = (count: number): bigint => BigInt(count) * 1_000_000n;

test("becameSo() takes the first packet that is answered for the beginning of passing", () => {
  assert.equal(becameSo("passing", probes("---a-a"), ms(6)), ms(3));
  assert.equal(becameSo("passing", probes("----"), ms(500)), undefined);
});

test("becameSo() takes the first of five that stay without an answer for the beginning of blocked", () => {
  assert.equal(becameSo("blocked", probes("aa-----"), ms(106)), ms(2));
  assert.equal(becameSo("blocked", probes("aa----"), ms(300)), undefined);
});

test("becameSo() waits for answers that may still come, and overlooks single losses", () => {
  assert.equal(becameSo("blocked", probes("aa-----"), ms(50)), undefined);
  assert.equal(becameSo("blocked", probes("a-a-----"), ms(200)), ms(3));
});
