import assert from "node:assert/strict";
import { test } from "node:test";
import { OpenFlowError } from "./failure.ts";

const refused = (...errors: readonly string[]): string => {
  const refusals = errors.map((error) => ({ error, request: "add table=6 actions=ct(zone=1)" }));
  return new OpenFlowError({ code: "refused", refusals }).message;
};

test("OpenFlowError says what was refused first, why, and how much more", () => {
  assert.equal(
    refused("OFPBMC_BAD_PREREQ", "OFPBMC_BAD_PREREQ"),
    "The switch refused with OFPBMC_BAD_PREREQ: add table=6 actions=ct(zone=1), and 1 more",
  );
  assert.match(
    refused("NXBAC_CT_DATAPATH_SUPPORT"),
    /SUPPORT \(its datapath lacks .*\): add table=6/,
  );
});
