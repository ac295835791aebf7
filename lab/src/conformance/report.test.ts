import assert from "node:assert/strict";
import { test } from "node:test";
import { runText } from "../assets/index.ts";
import { formatJunit } from "./junit.ts";
import { conformancePage } from "./page.ts";
import { formatConformance } from "./report-text.ts";
import { conformanceRun, failed, passed } from "./testing/conformance-run.ts";

/** What another reader of XML finds: Python's. */
async function readElements(xml: string): Promise<unknown> {
  const program = [
    "import json, sys, xml.etree.ElementTree as tree",
    "all = tree.fromstring(sys.stdin.buffer.read()).iter()",
    "print(json.dumps([[e.tag, e.attrib, e.text] for e in all]))",
  ];
  return JSON.parse(await runText("python3", ["-c", program.join("\n")], { input: xml }));
}

test("formatJunit() writes what another reader of XML understands: passed, failed, left out", async () => {
  const elements = (await readElements(formatJunit(conformanceRun()))) as [
    string,
    object,
    string,
  ][];
  const of = (tag: string) => elements.filter(([name]) => name === tag).map(([, found]) => found);
  assert.deepEqual(of("testsuite"), [
    {
      name: "sig-network: encap (geneve), IPv4, netdev",
      tests: "3",
      failures: "1",
      errors: "0",
      skipped: "1",
      time: "72.340",
      timestamp: "2026-11-28T11:00:00.000Z",
    },
  ]);
  assert.deepEqual(of("testcase"), [
    {
      name: "[sig-network] Pods should talk: http [Conformance]",
      classname: "Pods reach Pods",
      time: "12.340",
    },
    { name: "[sig-network] DNS should <work>", classname: "Names", time: "60.000" },
    { name: "[sig-network] Balancers should *work*", classname: "left out" },
  ]);
  assert.deepEqual(of("failure"), [{ message: 'no "answer" & more' }]);
  assert.match(
    elements.find(([tag]) => tag === "failure")?.[2] ?? "",
    /dns\.go:7\nThe whole log: /,
  );
  assert.deepEqual(of("skipped"), [{ message: "there is no cloud" }]);
});

test("formatJunit() replaces what XML has no character for", async () => {
  const run = conformanceRun({ claimed: [failed("a", "b", "red \u001b[31m \ud800 text")] });
  const elements = (await readElements(formatJunit(run))) as [string, { message?: string }][];
  const failure = elements.find(([tag]) => tag === "failure");
  assert.equal(failure?.[1].message, "red \ufffd[31m \ufffd text");
});

test("conformancePage() lists claims with results, and what is left out with reasons", () => {
  const page = conformancePage(conformanceRun());
  assert.ok(page.includes("## encap (geneve), IPv4, netdev: 1 passed, 1 failed\n"));
  assert.ok(page.includes("Kubernetes 1.36.3, product 0.1.0, 3 Nodes in 2 subnets.\n"));
  assert.ok(
    page.includes(
      "| **Pods reach Pods** | | |\n| Pods should talk: http \\[Conformance\\] | passed | 12.3 |\n",
    ),
  );
  assert.ok(page.includes("| DNS should \\<work\\> | **failed** | 60.0 |\n"));
  assert.ok(page.includes("**there is no cloud** (1)\n\n- Balancers should \\*work\\*\n"));
});

test("conformancePage() does not call left out what is claimed for other IP families", () => {
  const leftOut = [{ name: "a", reason: "for dual", isClaimedElsewhere: true as const }];
  assert.ok(conformancePage(conformanceRun({ leftOut })).endsWith("## Left out\n"));
});

test("conformancePage() keeps the last run of every other setup, and writes its own anew", () => {
  const first = conformancePage(conformanceRun());
  const hybrid = conformanceRun();
  const second = conformancePage({ ...hybrid, setup: { ...hybrid.setup, mode: "hybrid" } }, first);
  const third = conformancePage(conformanceRun({ claimed: [passed("a", "b")] }), second);
  const headings = third.split("\n").filter((line) => line.startsWith("## "));
  assert.deepEqual(headings, [
    "## encap (geneve), IPv4, netdev: 1 passed, 0 failed",
    "## hybrid (geneve), IPv4, netdev: 1 passed, 1 failed",
    "## Left out",
  ]);
  assert.equal(conformancePage(conformanceRun({ claimed: [passed("a", "b")] }), third), third);
});

test("formatConformance() ends in the count, after each failure with its reason and log", () => {
  const run = conformanceRun({ forInformation: [passed("c", "left out: d")] });
  assert.deepEqual(formatConformance(run).split("\n"), [
    "FAILED [sig-network] DNS should <work>",
    '    no "answer" & more',
    "    at dns.go:7",
    "    the whole log: /tmp/[sig-network] DNS should <work>.log",
    "Of 1 that are left out, 1 passed.",
    "encap (geneve), IPv4, netdev, Kubernetes 1.36.3; 1 cases are left out, for the reasons on the page.",
    "1 passed, 1 failed",
  ]);
});
