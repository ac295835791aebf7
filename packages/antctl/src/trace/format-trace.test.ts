import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { expectGolden } from "@antrea/base/testing";
import type { TraceReply } from "@antrea/api/local-api";
import { formatTrace, readTrace } from "./format-trace.ts";
import { parseTrace } from "./parse-trace.ts";

const tables = [
  "PipelineRootClassifier",
  "UplinkClassifier",
  "ARPSpoofGuard",
  "ARPResponder",
  "Classifier",
  "SpoofGuard",
  "ConntrackZone",
  "ConntrackState",
  "L3Forwarding",
  "L3DecTTL",
  "ConntrackCommit",
  "Output",
];

/** Traces that were recorded with other tables. */
const otherTables: Readonly<Record<string, readonly string[]>> = {
  "shared-uplink": tables.toSpliced(9, 0, "RecentDestinations"),
  "direct-by-host": [
    ...tables.slice(0, 8),
    ...["EgressSecurityClassifier", "AntreaPolicyEgressRule", "EgressRule", "EgressDefaultRule"],
    ...["EgressMetric", "L3Forwarding", "RecentDestinations", "L3DecTTL"],
    ...["IngressSecurityClassifier", "AntreaPolicyIngressRule", "IngressRule"],
    ...["IngressDefaultRule", "IngressMetric", "ConntrackCommit", "Output"],
  ],
};

/** What OVS 3.1 printed for our pipeline with a Pod, a neighbour and a tunnelled peer. */
function reply(name: string): TraceReply {
  const text = readFileSync(new URL(`../../testdata/trace/${name}.trace`, import.meta.url), "utf8");
  return {
    packet: /^Flow: (.*)$/m.exec(text)?.[1] ?? "",
    text,
    tables: Object.fromEntries(
      (otherTables[name] ?? tables).map((table, id) => [String(id), table]),
    ),
    meanings: { SpoofGuard: "lets a Pod send only from its own addresses" },
    ports: {
      "1": "pod shop/cart-0",
      "2": "pod shop/db-0",
      "32768": "tunnel",
      "32769": "gateway",
      "32770": "uplink",
    },
  };
}

test("readTrace() says where the packet goes, and by which path", () => {
  const verdict = (name: string) => readTrace(reply(name)).verdict;
  const sent = { kind: "sent", tunnelTo: undefined } as const;
  assert.deepEqual(verdict("local"), { ...sent, port: 2, to: "pod shop/db-0", path: "local" });
  assert.deepEqual(verdict("direct"), { ...sent, port: 32770, to: "uplink", path: "direct" });
  assert.deepEqual(
    verdict("direct-by-host"),
    { ...sent, port: 32769, to: "gateway", path: "direct" },
    "the host's routes bring it to the peer, where it keeps the uplink",
  );
  assert.deepEqual(verdict("outside"), { ...sent, port: 32769, to: "gateway", path: "host" });
  assert.deepEqual(verdict("tunnel"), {
    ...sent,
    port: 32768,
    to: "tunnel",
    path: "tunnel",
    tunnelTo: "172.30.2.13",
  });
  assert.deepEqual(verdict("arp"), {
    ...sent,
    port: undefined,
    to: "where it came from",
    path: "back",
  });
});

test("readTrace() does not take the tunnel's own packet on its way out for an answer", () => {
  assert.deepEqual(readTrace(reply("shared-uplink")).verdict, {
    kind: "sent",
    port: 32768,
    to: "tunnel",
    path: "tunnel",
    tunnelTo: "172.30.1.10",
  });
});

test("readTrace() says in which table a packet is dropped, and why", () => {
  for (const name of ["spoof", "unknown"]) {
    assert.deepEqual(readTrace(reply(name)).verdict, {
      kind: "dropped",
      table: "SpoofGuard",
      reason:
        "no flow but the last one matched; this table lets a Pod send only from its own addresses",
    });
  }
});

test("formatTrace() walks through the tables by name", () => {
  for (const name of ["local", "tunnel", "shared-uplink", "direct-by-host", "spoof", "arp"]) {
    expectGolden(
      new URL(`../../testdata/trace/${name}.txt`, import.meta.url),
      `${formatTrace(reply(name))}\n`,
    );
  }
});

test("parseTrace() keeps every table and action, and survives text of any kind", () => {
  const { passes } = parseTrace(reply("tunnel").text);
  assert.deepEqual(
    passes.map(({ steps }) => steps.map(({ table }) => table)),
    [
      [0, 4, 5, 6],
      [7, 8, 9, 10, 11],
    ],
  );
  assert.deepEqual(passes[1]?.steps[3]?.actions[1]?.notes, [
    "NXM_NX_CT_MARK[0..3] is now 0x3",
    "Sets the packet to an untracked state, and clears all the conntrack fields.",
  ]);
  const { text } = reply("local");
  for (let end = 0; end < text.length; end += 7) parseTrace(text.slice(0, end));
  assert.deepEqual(parseTrace("").passes.length, 1);
});

test("readTrace() takes a second bridge for what it is: the way out, not the verdict", () => {
  const text = [
    'bridge("br-int")',
    "----------------",
    " 0. priority 0",
    "    output:32768",
    "     -> output to native tunnel",
    "",
    'bridge("br-phy")',
    "----------------",
    " 0. priority 0",
    "    NORMAL",
    "     -> forwarding to learned port",
    "",
    "Final flow: unchanged",
    "Datapath actions: tnl_push(tnl_port(6)),3",
  ].join("\n");
  const { verdict, steps } = readTrace({ ...reply("local"), text });
  assert.ok(verdict.kind === "sent" && verdict.port === 32768 && verdict.path === "tunnel");
  assert.deepEqual(
    steps.map(({ table }) => table),
    ["PipelineRootClassifier", "br-phy table 0"],
  );
});
