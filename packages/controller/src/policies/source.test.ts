import assert from "node:assert/strict";
import { test } from "node:test";
import { optionalInputs } from "./source.ts";

test("optionalInputs() are those whose feature gates are open", () => {
  const kinds = (AdminNetworkPolicy: boolean, ClusterNetworkPolicy: boolean) =>
    optionalInputs({ AdminNetworkPolicy, ClusterNetworkPolicy }).map(
      ({ resource }) => resource.kind,
    );
  assert.deepEqual(kinds(false, false), []);
  assert.deepEqual(kinds(true, false), ["AdminNetworkPolicy", "BaselineAdminNetworkPolicy"]);
  assert.deepEqual(kinds(false, true), ["ClusterNetworkPolicy"]);
});
