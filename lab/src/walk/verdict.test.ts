import assert from "node:assert/strict";
import { test } from "node:test";
import type { IpAddress } from "@antrea/net";
import type { Carrier } from "../capture/frame.ts";
import type { CapturedPacket } from "../capture/pcap.ts";
import { faultOf, formatEvidence, gatherEvidence, provenPath } from "./verdict.ts";

const a = "10.244.0.5" as IpAddress;
const b = "10.244.3.7" as IpAddress;
const other = "10.244.9.9" as IpAddress;

function packet(carrier: Carrier, source: IpAddress, destination: IpAddress): CapturedPacket {
  const inner = { source, destination, protocol: 1 };
  return { carrier, outer: { source, destination }, inner, interfaceIndex: 1 };
}

test("gatherEvidence() keeps the two directions and other Pods apart", () => {
  const packets = [packet("geneve", a, b), packet("bare", b, a), packet("vxlan", a, other)];
  assert.deepEqual(gatherEvidence(packets, a, b), { there: ["geneve"], back: ["bare"] });
});

test("provenPath() proves a path only if both directions show the same one", () => {
  assert.equal(provenPath({ there: [], back: [] }), "local");
  assert.equal(provenPath({ there: ["bare"], back: ["bare"] }), "direct");
  assert.equal(provenPath({ there: ["gre"], back: ["gre"] }), "tunnel");
  assert.equal(provenPath({ there: ["geneve"], back: ["bare"] }), undefined);
  assert.equal(provenPath({ there: ["geneve", "bare"], back: ["geneve"] }), undefined);
  assert.equal(provenPath({ there: ["bare"], back: [] }), undefined);
});

test("formatEvidence() says what was seen in each direction", () => {
  assert.equal(formatEvidence({ there: [], back: [] }), "nothing on the wire");
  assert.equal(formatEvidence({ there: ["vxlan"], back: ["vxlan"] }), "VXLAN, both ways");
  assert.equal(formatEvidence({ there: ["geneve"], back: [] }), "Geneve there, nothing back");
});

test("faultOf() finds an agent that says another path than the capture saw", () => {
  const pair = {
    from: { name: "pod-a", node: "node-1" },
    to: { name: "pod-b", node: "node-2" },
    distance: "same subnet",
  } as const;
  const found = {
    claim: { path: "direct", reason: "same subnet" },
    evidence: { there: ["geneve"], back: ["geneve"] },
    ping: { sent: 10, received: 10, roundTripMs: 0.2 },
    speedBps: 1e9,
  } as const;
  assert.match(faultOf(pair, found) ?? "", /the agent says direct .* capture saw Geneve/);
  assert.equal(
    faultOf(pair, { ...found, claim: { path: "tunnel", reason: undefined } }),
    undefined,
  );
  assert.match(
    faultOf(pair, { ...found, ping: { sent: 10, received: 9, roundTripMs: 0.2 } }) ?? "",
    /9 of 10 pings/,
  );
  assert.match(
    faultOf(pair, { ...found, claim: { path: "unknown", reason: "not listed" } }) ?? "",
    /unknown/,
  );
});
