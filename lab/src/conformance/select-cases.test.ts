import assert from "node:assert/strict";
import { test } from "node:test";
import { LabError } from "../errors.ts";
import { parseCaseList } from "./case-list.ts";
import { focusOn, runsAlone, selectCases } from "./select-cases.ts";

const groups = parseCaseList(`claimed: Pods
  pod to pod
  node to pod
claimed on dual: two families
  pod on both
left out: no cloud
  balancer
`);
const existing = ["balancer", "node to pod", "pod on both", "pod to pod"];

test("selectCases() gives the claims with what they show, and the others with their reasons", () => {
  assert.deepEqual(selectCases(groups, existing, "dual"), {
    claimed: [
      { name: "pod to pod", shows: "Pods" },
      { name: "node to pod", shows: "Pods" },
      { name: "pod on both", shows: "two families" },
    ],
    leftOut: [{ name: "balancer", reason: "no cloud" }],
  });
});

test("selectCases() leaves out what is claimed for clusters of other IP families only", () => {
  const { claimed, leftOut } = selectCases(groups, existing, "ipv4");
  assert.deepEqual(
    claimed.map(({ name }) => name),
    ["pod to pod", "node to pod"],
  );
  assert.deepEqual(leftOut, [
    {
      name: "pod on both",
      reason: "for a cluster with --ip-family dual",
      isClaimedElsewhere: true,
    },
    { name: "balancer", reason: "no cloud" },
  ]);
});

test("selectCases() names each case that stands in no list, and each that e2e.test does not have", () => {
  const renamed = ["balancer", "node to pod", "pod on both", "pod to Pod"];
  assert.throws(
    () => selectCases(groups, renamed, "dual"),
    (error: unknown) => {
      assert.ok(error instanceof LabError);
      assert.equal(
        error.complaint.saw,
        "cases that stand in no list:\n    pod to Pod\n  listed cases that e2e.test does not have:\n    pod to pod",
      );
      return true;
    },
  );
});

test("focusOn() keeps the cases with the text in their name, in any case of letters", () => {
  const { claimed, leftOut } = focusOn(selectCases(groups, existing, "dual"), "POD TO");
  assert.deepEqual([claimed.map(({ name }) => name), leftOut], [["pod to pod"], []]);
});

test("runsAlone() is true for the cases that Kubernetes calls serial or disruptive", () => {
  const names = ["a [Serial]", "b [Disruptive] c", "d [Slow]"];
  assert.deepEqual(names.map(runsAlone), [true, true, false]);
});
