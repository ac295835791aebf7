import assert from "node:assert/strict";
import { test } from "node:test";
import { sumOf } from "./prometheus.ts";

test("sumOf() adds what a metric says under all labels, and takes no longer name for it", () => {
  const text = '# TYPE peers gauge\npeers{path="a"} 2\npeers{path="b"} 3\npeers_max 40\n';
  assert.equal(sumOf(text, "peers"), 5);
  assert.equal(sumOf(text, "peers_max"), 40);
  assert.equal(sumOf(text, "none"), 0);
});
