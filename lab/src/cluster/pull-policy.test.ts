import assert from "node:assert/strict";
import { test } from "node:test";
import { policyApiFlags, policyApiOf, pullPolicyObjects } from "./pull-policy.ts";

test("the policy is written for the API that each version of Kubernetes has, and switched on where it is not by default", () => {
  const rows = [
    ["Kubernetes v1.36.3", "v1", 0],
    ["Kubernetes v1.35.4+custom", "v1beta1", 2],
    ["Kubernetes v1.34.0-rc.1", "v1beta1", 2],
    ["Kubernetes v1.33.1", "v1alpha1", 2],
    ["Kubernetes v1.31.9", undefined, 0],
    ["something else", undefined, 0],
  ] as const;
  for (const [printed, api, flags] of rows) {
    assert.equal(policyApiOf(printed), api, printed);
    assert.equal(policyApiFlags(api).length, flags, printed);
    const versions = pullPolicyObjects(api).map((o) => (o as { apiVersion: string }).apiVersion);
    const wanted = `admissionregistration.k8s.io/${api}`;
    assert.deepEqual(versions, api === undefined ? [] : [wanted, wanted]);
  }
});
