import assert from "node:assert/strict";
import { test } from "node:test";
import { sharedSettings } from "@antrea/pipeline/testing";
import { parseNode } from "@antrea/api";
import { manyPeers, peerState, scaleNodes, singles } from "./scale-plan.ts";

test("scaleNodes() are Nodes that an agent believes, no two with the same address or network", () => {
  const count = manyPeers + 2 * singles;
  const parsed = scaleNodes(0, count).map((object) => {
    const { metadata } = object as { readonly metadata: object };
    return parseNode({ ...object, metadata: { ...metadata, uid: "u" } });
  });
  assert.deepEqual(
    parsed.flatMap((one) => one?.problems ?? ["not parsed"]),
    [],
  );
  const seen = parsed.flatMap((one) => [
    ...(one?.node.podCidrs ?? []),
    ...(one?.node.transport.map(({ address }) => address) ?? []),
  ]);
  assert.equal(new Set(seen).size, 2 * count);
});

test("scaleNodes() bear no label that a DaemonSet of ours selects", () => {
  const [node] = scaleNodes(0, 1) as readonly { metadata: { labels: object } }[];
  assert.deepEqual(Object.keys(node?.metadata.labels ?? {}), ["antrea-lab/bench"]);
});

test("peerState() tells of each step what an agent would that is through with it", () => {
  const [from, to] = [sharedSettings("encap"), sharedSettings("encap", "vxlan")];
  const at = "2026-11-28T00:00:00Z";
  const told = (["Accept", "Send", "Retire", "Done"] as const).map((step) =>
    peerState({ number: 2, from, to, step, startedAt: at, stepSince: at }),
  );
  assert.deepEqual(
    told.map(({ accepts, sends }) => `${accepts.join()} | ${sends.join()}`),
    [
      "direct,geneve:6081,vxlan:4789 | direct,geneve:6081",
      "direct,geneve:6081,vxlan:4789 | direct,vxlan:4789",
      "direct,vxlan:4789 | direct,vxlan:4789",
      "direct,vxlan:4789 | direct,vxlan:4789",
    ],
  );
});
