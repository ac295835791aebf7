import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cidr } from "@antrea/net";
import { type AgentPeer, agentInfoKind, MOST_LISTED_PEERS, peerSummary } from "./agent-info.ts";
import { controllerInfoKind } from "./controller-info.ts";
import { type CustomKind, parseCustom } from "./kind.ts";
import { podCidrClaimKind, podCidrClaimName } from "./pod-cidr-claim.ts";

const metadata = { name: "node-a", uid: "u", resourceVersion: "7" };

test("parseCustom() gives the fields and the name of an AntreaAgentInfo", () => {
  const info = { version: "v0.1.0", localPodNum: 3, networkInfo: { trafficEncapMode: "hybrid" } };
  assert.deepEqual(parseCustom(agentInfoKind, { metadata, ...info, more: 1 }), {
    value: info,
    meta: metadata,
  });
});

test("parseCustom() says what is wrong with an object, and where", () => {
  const info = { metadata, networkInfo: { peers: [{ nodeName: "b", path: "magic", reason: "" }] } };
  assert.deepEqual(parseCustom(agentInfoKind, info), {
    problem:
      'AntreaAgentInfo node-a: networkInfo.peers[0].path is "magic", but must be one of direct, tunnel, none',
  });
  assert.deepEqual(parseCustom(podCidrClaimKind, {}), { problem: "The PodCIDRClaim has no name" });
});

test("agentInfoKind and controllerInfoKind have the columns that people know", () => {
  const columns = (kind: CustomKind<unknown>) =>
    kind.columns.map(({ name, isWide }) => (isWide ? `${name} w` : name));
  assert.deepEqual(columns(agentInfoKind).slice(0, 6), [
    "Healthy",
    "Last Heartbeat",
    "Version w",
    "Node w",
    "Num Pods w",
    "Subnets w",
  ]);
  assert.deepEqual(columns(controllerInfoKind), [
    "Healthy",
    "Last Heartbeat",
    "Version w",
    "Connected Agents w",
    "Node w",
    "Num Network Policies w",
  ]);
});

test("podCidrClaimName() gives one name a block, fit for Kubernetes", () => {
  assert.equal(podCidrClaimName("10.10.1.0/24" as Cidr), "10.10.1.0-24");
  assert.equal(podCidrClaimName("fd00:10::/64" as Cidr), "fd000010000000000000000000000000-64");
});

test("peerSummary() counts all peers and lists those without a path first", () => {
  const peer = (i: number): AgentPeer => ({
    nodeName: `node-${String(i).padStart(4, "0")}`,
    path: i === 999 ? "none" : i % 2 === 0 ? "direct" : "tunnel",
    reason: "r",
  });
  const { peerCounts, peers } = peerSummary(Array.from({ length: 1000 }, (_, i) => peer(i)));
  assert.deepEqual(peerCounts, { direct: 500, tunnel: 499, none: 1 });
  assert.equal(peers.length, MOST_LISTED_PEERS);
  assert.deepEqual(
    peers.slice(0, 2).map((one) => one.nodeName),
    ["node-0999", "node-0000"],
  );
});
