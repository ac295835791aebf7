import assert from "node:assert/strict";
import { test } from "node:test";
import { LabError } from "../errors.ts";
import { parseListedTests } from "./listed-tests.ts";
import { readSpecReport } from "./spec-report.ts";

const noFailure = { Message: "", Location: {} };
const spec = (State: string, Failure: object = noFailure) => ({
  ContainerHierarchyTexts: ["[sig-network] DNS", ""],
  LeafNodeText: "should resolve",
  State,
  RunTime: 1_500_000_000,
  Failure,
  Labels: ["others are not read"],
});
const other = { ...spec("skipped"), LeafNodeText: "should not be run" };
const read = (...specs: readonly object[]) =>
  readSpecReport(
    JSON.stringify([{ SpecReports: [other, ...specs] }]),
    "[sig-network] DNS should resolve",
  );

test("readSpecReport() gives the result of the one case, with its time", () => {
  assert.deepEqual(read(spec("passed")), { kind: "passed", seconds: 1.5 });
});

test("readSpecReport() says why a case failed, and where", () => {
  const failure = { Message: "no answer", Location: { FileName: "dns.go", LineNumber: 7 } };
  assert.deepEqual(read(spec("failed", failure)), {
    kind: "failed",
    seconds: 1.5,
    message: "failed: no answer\nat dns.go:7",
  });
});

test("readSpecReport() counts a case that was skipped as failed, with the reason", () => {
  assert.deepEqual(read(spec("skipped", { Message: "needs two zones", Location: {} })), {
    kind: "failed",
    seconds: 1.5,
    message: "e2e.test skipped it: needs two zones",
  });
});

test("readSpecReport() looks for the reason at the set-up where no case was run", () => {
  const setUp = { ...spec("failed", { Message: "no Node is Ready", Location: {} }) };
  const { kind, ...rest } = read({ ...setUp, ContainerHierarchyTexts: null }, spec("skipped"));
  assert.equal(kind, "failed");
  assert.deepEqual(rest, { seconds: 1.5, message: "failed: no Node is Ready" });
});

test("readSpecReport() refuses a report without the case, or of another form", () => {
  assert.throws(() => read(), LabError);
  assert.throws(() => readSpecReport('[{"SpecReports":[{}]}]', "any"), LabError);
});

test("parseListedTests() gives full names of an area, in the order in which they are printed", () => {
  const printed = [
    "The following spec names can be used with 'ginkgo run --focus/skip':",
    "    apps/job.go:78: [sig-apps] Job should run",
    "    ../../k8s.io/network/dns.go:51: [sig-network] DNS should: resolve",
    "    network/hostport.go:63: [sig-network] HostPort works",
    "",
  ];
  assert.deepEqual(parseListedTests(printed.join("\n"), "[sig-network]"), [
    "[sig-network] DNS should: resolve",
    "[sig-network] HostPort works",
  ]);
});
