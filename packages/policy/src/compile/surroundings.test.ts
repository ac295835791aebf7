import assert from "node:assert/strict";
import { test } from "node:test";
import type { AntreaPeer } from "@antrea/api";
import { antreaPolicy } from "../testing/records.ts";
import { surroundings } from "../testing/surroundings.ts";
import { compilePolicy } from "./compile-policy.ts";
import { tracked } from "./surroundings.ts";

/** What a policy of the cluster looks at of Namespaces. */
function readsOf(
  namespaces: NonNullable<AntreaPeer["namespaces"]>,
  matchLabels: Record<string, string> = {},
) {
  const seen = tracked(surroundings());
  const appliedTo = [{ namespaceSelector: { matchLabels } }];
  const ingress = [{ action: "Allow" as const, from: [{ namespaces }] }];
  compilePolicy(antreaPolicy("one", { appliedTo, ingress }), seen.surroundings);
  return [...seen.reads].filter((key) => key.startsWith("namespaces")).sort();
}

test("tracked() tells which labels of Namespaces a policy looks at, so that others may change", () => {
  assert.deepEqual(readsOf({ match: "Self" }), ["namespaces"]);
  assert.deepEqual(readsOf({ match: "Self" }, { team: "a" }), ["namespaces", "namespaces:team"]);
  assert.deepEqual(readsOf({ sameLabels: ["tier", "zone"] }, { team: "a" }), [
    ...["namespaces", "namespaces:team", "namespaces:tier", "namespaces:zone"],
  ]);
});
