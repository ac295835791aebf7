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
