import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "./nearest.ts";

const tables = ["Classifier", "IngressRule", "IngressMetric", "EgressRule", "Output"];

test("nearest() finds the name that was meant through one slip of each kind", () => {
  for (const typed of ["IngresRule", "IngressRulle", "IngressRale", "IngressRuel", "ingressrule"]) {
    assert.equal(nearest(typed, tables), "IngressRule", typed);
  }
});

test("nearest() prefers the candidate with the fewest slips, then the first one", () => {
  assert.equal(nearest("gress", ["egress", "ingress"]), "egress");
  assert.equal(nearest("ba", ["bb", "ca"]), "bb");
});

test("nearest() stays silent where nothing is near, and for no candidates", () => {
  assert.equal(nearest("NetworkPolicy", tables), undefined);
  assert.equal(nearest("", tables), undefined);
  assert.equal(nearest("x", []), undefined);
});

test("nearest() compares what may be near alone: a word against 20,000 names costs little", () => {
  const names = Array.from({ length: 20_000 }, (_, i) => `some-group-of-a-team-${i}`);
  const begun = process.cpuUsage();
  assert.equal(nearest("another-name-of-this-size-1", names), undefined);
  assert.equal(nearest("x".repeat(1_000_000), ["x".repeat(1_000_000)]), undefined);
  const { user } = process.cpuUsage(begun);
  assert.ok(user < 1_000_000, `${user} µs`);
});
