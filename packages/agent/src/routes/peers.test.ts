import assert from "node:assert/strict";
import { test } from "node:test";
import { formatFlows } from "@antrea/openflow/flow";
import { compilePeer } from "@antrea/pipeline";
import { cidr, ip, link, node } from "@antrea/pipeline/testing";
import { hostPlan } from "../testing/host-plan.ts";
import { compilePeerHost, hostRoutedPodCidrs } from "../host/desired-host.ts";
import { type PeerContext, planPeer, withLinkAddresses } from "./peers.ts";

const identity = (podCidr: string) => ({
  name: "node-2",
  podCidrs: [cidr(podCidr)],
  transport: [link("172.30.1.12/24")],
});

function context(more: Partial<PeerContext> = {}): PeerContext {
  return {
    mode: "hybrid",
    local: {
      name: "node-1",
      podCidrs: [cidr("10.244.1.0/24")],
      transport: [link("172.30.1.11/24")],
    },
    transportDevice: "eth0",
    refusal: () => undefined,
    resolve: () => ({ device: "eth0" }),
    ...more,
  };
}

test("planPeer() sends nothing to a Node that claims our Pod CIDR, and takes nothing from our Pods", () => {
  const plan = planPeer(identity("10.244.1.0/24"), context());
  assert.deepEqual(plan.path, {
    kind: "none",
    reason: "its Pod CIDR 10.244.1.0/24 overlaps ours, 10.244.1.0/24",
  });
  const flows = compilePeer(
    withLinkAddresses(plan, () => undefined),
    node(),
  );
  assert.doesNotMatch(formatFlows(flows), /10\.244\./);
});

test("planPeer() sends nothing to a Node whose Pod CIDR another had first, and says whose", () => {
  const reason = "its Pod CIDR 10.244.3.0/24 overlaps 10.244.3.0/24, which node-3 had first";
  const plan = planPeer(identity("10.244.3.0/24"), context({ refusal: () => reason }));
  assert.deepEqual(plan.path, { kind: "none", reason });
  assert.deepEqual(plan.podCidrs, []);
  assert.deepEqual(compilePeerHost(plan, hostPlan()), {});
});

test("hostRoutedPodCidrs() are those of direct peers, where the host's own stack carries them", () => {
  const near = planPeer(identity("10.244.3.0/24"), context());
  const far = planPeer(
    { ...identity("10.244.4.0/24"), transport: [{ address: ip("10.9.9.9") }] },
    context(),
  );
  assert.deepEqual(hostRoutedPodCidrs([near, far], hostPlan({ isUplinkShared: false })), [
    "10.244.3.0/24",
  ]);
  assert.deepEqual(hostRoutedPodCidrs([near, far], hostPlan()), []);
});
