import assert from "node:assert/strict";
import { test } from "node:test";
import { LabError } from "./errors.ts";
import { defaultOptions, resolveOptions } from "./options.ts";

test("resolveOptions() fills in every default and takes what is given", () => {
  assert.deepEqual(resolveOptions({ nodes: 2, mode: undefined }), { ...defaultOptions, nodes: 2 });
});

test("resolveOptions() lets kube-controller-manager hand out Pod CIDRs where our controller is not installed", () => {
  assert.equal(resolveOptions({ cni: "bridge" }).allocateNodeCidrs, true);
  assert.equal(resolveOptions({ cni: "antrea" }).allocateNodeCidrs, false);
});

test("resolveOptions() refuses what no lab can be, and says what to do", () => {
  const refused = (request: Parameters<typeof resolveOptions>[0]) => {
    try {
      resolveOptions(request);
    } catch (error) {
      assert.ok(error instanceof LabError);
      return error.complaint.remedy;
    }
    return undefined;
  };
  assert.match(refused({ name: "Lab_1" }) ?? "", /another --name/);
  assert.match(refused({ name: "a-name-that-is-much-too-long" }) ?? "", /another --name/);
  assert.match(refused({ nodes: 0 }) ?? "", /--nodes/);
  assert.match(refused({ nodes: 1.5 }) ?? "", /--nodes/);
  assert.match(refused({ nodes: 1, subnets: 2 }) ?? "", /--subnets 1/);
});
