import assert from "node:assert/strict";
import { test } from "node:test";
import { compilePolicy } from "../compile/compile-policy.ts";
import { surroundings } from "../testing/surroundings.ts";
import { kubernetesPolicyRecord } from "./records.ts";

test("policies of every kind may have ended what they forbid, by an annotation that says exactly so", () => {
  const endsConnections = (value: string) => {
    const annotations = { "policy.antrea.io/end-connections": value };
    const record = kubernetesPolicyRecord({
      metadata: { namespace: "shop", name: "web", uid: "u", annotations },
      spec: { podSelector: {} },
    });
    assert.ok(record);
    return compilePolicy(record, surroundings()).policy.endsConnections;
  };
  assert.equal(endsConnections("true"), true);
  for (const other of ["", "yes", "True", "false"]) assert.equal(endsConnections(other), undefined);
});
