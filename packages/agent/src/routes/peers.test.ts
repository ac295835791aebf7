import assert from "node:assert/strict";
import { test } from "node:test";
import { formatFlows } from "@antrea/openflow/flow";
import type { NetworkSettings } from "@antrea/api";
import { compilePeer } from "@antrea/pipeline";
import { ownStance } from "@antrea/pipeline/mode";
import { cidr, ip, link, mac, node, sharedSettings } from "@antrea/pipeline/testing";
import { hostPlan } from "../testing/host-plan.ts";
import { compilePeerHost, hostRoutedPodCidrs } from "../host/desired-host.ts";
import {
  awaitedNeighboursOf,
  isReachedBy,
  type PeerContext,
  planPeer,
  unroutable,
  withLinkAddresses,
} from "./peers.ts";

const identity = (podCidr: string) => ({
  name: "node-2",
  podCidrs: [cidr(podCidr)],
  transport: [link("172.30.1.12/24")],
});

const stance = (mode: NetworkSettings["trafficEncapMode"]) => ownStance(sharedSettings(mode));

function context(more: Partial<PeerContext> = {}): PeerContext {
  return {
    stance: stance("hybrid"),
    takes: () => true,
    local: {
      name: "node-1",
      podCidrs: [cidr("10.244.1.0/24")],
      transport: [link("172.30.1.11/24")],
    },
    deviceOf: () => "eth0",
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

test("planPeer() names the router on the way to the end of a tunnel, also while the path is direct", () => {
  const encap = (via?: string) =>
    planPeer(
      identity("10.244.3.0/24"),
      context({
        stance: stance("encap"),
        resolve: () => ({ device: "eth0", via: via ? ip(via) : undefined }),
      }),
    );
  const route = { destination: "172.30.1.12", device: "eth0" };
  assert.deepEqual(encap().tunnelRoute, route);
  assert.deepEqual(encap("172.30.1.1").tunnelRoute, { ...route, via: "172.30.1.1" });
  assert.deepEqual(planPeer(identity("10.244.3.0/24"), context()).tunnelRoute, route);
  const elsewhere = context({ stance: stance("encap"), resolve: () => ({ device: "wlan0" }) });
  assert.equal(planPeer(identity("10.244.3.0/24"), elsewhere).tunnelRoute, undefined);
});

const far = { ...identity("10.244.3.0/24"), transport: [link("172.30.2.13/24")] };
const found = (isProven: boolean) => () => ({ isProven, reason: "measured" });

test("planPeer() of a measured peer has both ways ready, whichever it takes", () => {
  const auto = (isProven: boolean) =>
    planPeer(
      far,
      context({
        stance: stance("auto"),
        direct: found(isProven),
        resolve: () => ({ device: "eth0", via: ip("172.30.1.1") }),
      }),
    );
  const router = { device: "eth0", address: "172.30.1.1" };
  for (const plan of [auto(true), auto(false)]) {
    assert.deepEqual(plan.measured, { onLink: false, nextHops: [router] });
    assert.deepEqual(plan.tunnelHop, router);
    assert.deepEqual(plan.mayTurnTo, ["routed", "geneve:6081"]);
    assert.equal(plan.mayBeRouted, true);
  }
  assert.deepEqual([auto(true).path.kind, auto(true).form], ["direct", "routed"]);
  assert.deepEqual([auto(false).path.kind, auto(false).form], ["tunnel", "geneve:6081"]);
  assert.deepEqual(auto(true).tunnelRoute, auto(false).tunnelRoute);
});

test("planPeer() measures in a mode that is only taken so far, and turns nothing by it", () => {
  const changing = {
    ...stance("hybrid"),
    accepted: [...stance("hybrid").accepted, ...stance("auto").accepted],
  };
  const direct: PeerContext["direct"] = (_, mode) =>
    mode === "auto" ? { isProven: false, reason: "measured" } : undefined;
  const near = planPeer(identity("10.244.3.0/24"), context({ stance: changing, direct }));
  assert.equal(near.path.kind, "direct", "hybrid by subnets asks no probe");
  assert.equal(near.measured?.onLink, true);
  assert.deepEqual(near.mayTurnTo, []);
  assert.equal(planPeer(far, context({ stance: changing, direct })).mayBeRouted, true);
});

test("awaitedNeighboursOf() are the routers of both IP families where the mode changes to one that sends by them", () => {
  const ipv6 = link("fd00:172:30:2::13/64");
  const local = {
    ...identity("10.244.1.0/24"),
    transport: [link("172.30.1.11/24"), link("fd00:172:30:1::11/64")],
  };
  const peer = { ...far, transport: [...far.transport, ipv6] };
  const by = (...modes: readonly ("encap" | "auto" | "noEncap")[]) => {
    const accepted = modes.map((mode) => sharedSettings(mode));
    const resolve: PeerContext["resolve"] = (to) => ({
      device: "eth0",
      via: ip(to.includes(":") ? "fd00:172:30:1::1" : "172.30.1.1"),
    });
    const changing = { ...stance(modes[0] ?? "encap"), accepted };
    const direct: PeerContext["direct"] = (_, mode) =>
      mode === "auto" ? { isProven: false, reason: "measured" } : undefined;
    const plan = planPeer(peer, context({ stance: changing, local, resolve, direct }));
    return awaitedNeighboursOf(plan).map(({ address }) => address);
  };
  assert.deepEqual(by("encap", "noEncap"), ["172.30.1.1", "fd00:172:30:1::1"]);
  assert.deepEqual(by("encap"), []);
  assert.deepEqual(by("encap", "auto"), [], "what is not proven is not sent by");
  assert.deepEqual(by("noEncap", "encap"), []);
});

test("isReachedBy() is true of routes that lead to a transport address of the peer", () => {
  const plan = planPeer(identity("10.244.3.0/24"), context());
  assert.equal(isReachedBy(plan, cidr("0.0.0.0/0")), true);
  assert.equal(isReachedBy(plan, cidr("172.30.1.0/24")), true);
  assert.equal(isReachedBy(plan, cidr("172.30.2.0/24")), false);
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

const dual = {
  name: "node-2",
  podCidrs: [cidr("10.244.2.0/24"), cidr("fd00:10:244:2::/64")],
  transport: [link("172.30.1.12/24"), link("fd00:172:30:1::c/64")],
};
const dualContext = (...transport: readonly string[]) =>
  context({ local: { name: "node-1", podCidrs: [], transport: transport.map(link) } });

test("planPeer() sends each IP family to the peer's own address of it, where both Nodes have one", () => {
  const plan = planPeer(dual, dualContext("172.30.1.11/24", "fd00:172:30:1::b/64"));
  assert.deepEqual(
    plan.nextHops.map(({ address }) => address),
    ["172.30.1.12", "fd00:172:30:1::c"],
  );
  assert.deepEqual(unroutable(plan), []);
  const { routes = [] } = compilePeerHost(plan, hostPlan({ isUplinkShared: false }));
  assert.deepEqual(
    [...routes].map(({ destination, via }) => `${destination} via ${via}`),
    ["10.244.2.0/24 via 172.30.1.12", "fd00:10:244:2::/64 via fd00:172:30:1::c"],
  );
});

test("withLinkAddresses() reaches a neighbour by the address of either IP family that is known first", () => {
  const plan = planPeer(dual, dualContext("172.30.1.11/24", "fd00:172:30:1::b/64"));
  const known = mac("0e:00:00:00:01:0c");
  const { nextHopMacs } = withLinkAddresses(plan, ({ address }) =>
    address.includes(":") ? undefined : known,
  );
  assert.deepEqual(nextHopMacs, { ipv4: known, ipv6: known });
});

test("planPeer() of Nodes without a common IPv6 link has the bridge carry IPv6, and the host's stack refuse it", () => {
  const plan = planPeer(dual, dualContext("172.30.1.11/24"));
  const { nextHopMacs } = withLinkAddresses(plan, () => mac("0e:00:00:00:01:0c"));
  assert.deepEqual(nextHopMacs, { ipv4: "0e:00:00:00:01:0c", ipv6: "0e:00:00:00:01:0c" });

  assert.deepEqual(unroutable(plan), ["fd00:10:244:2::/64"]);
  const { routes = [] } = compilePeerHost(plan, hostPlan({ isUplinkShared: false }));
  assert.deepEqual(
    [...routes].map(({ type, via }) => via ?? type),
    ["172.30.1.12", "unreachable"],
  );
});

test("planPeer() of Nodes without a common IPv4 link has the host send IPv4 by an IPv6 next hop", () => {
  const plan = planPeer(dual, dualContext("fd00:172:30:1::b/64"));
  assert.deepEqual(unroutable(plan), []);
  const { routes = [] } = compilePeerHost(plan, hostPlan({ isUplinkShared: false }));
  assert.deepEqual(
    [...routes].map(({ via }) => via),
    ["fd00:172:30:1::c", "fd00:172:30:1::c"],
  );
});

test("compilePeerHost() reaches a peer's IPv6 by the bridge's link-local address, which leads nowhere else", () => {
  const plan = planPeer(dual, { ...dualContext("172.30.1.11/24"), stance: stance("encap") });
  const { routes = [] } = compilePeerHost(plan, hostPlan({ isUplinkShared: false }));
  assert.deepEqual(
    [...routes].map(({ destination, via, device }) => `${destination} via ${via} dev ${device}`),
    [
      "10.244.2.0/24 via 10.244.2.1 dev antrea-gw0",
      "fd00:10:244:2::/64 via fe80::a8bb:ccff:fedd:eeff dev antrea-gw0",
    ],
  );
});

test("compilePeerHost() writes the bridge down as IPv6 neighbour where it cannot say so itself", () => {
  const plan = planPeer(dual, { ...dualContext("172.30.1.11/24"), stance: stance("encap") });
  const written = (answersNd: boolean) => {
    const { neighbours = [] } = compilePeerHost(
      plan,
      hostPlan({ isUplinkShared: false, answersNd }),
    );
    return [...neighbours].map(
      ({ device, address, state, mac }) => `${address} ${device} ${state} ${mac}`,
    );
  };
  assert.deepEqual(written(true), []);
  assert.deepEqual(written(false), [
    "fe80::a8bb:ccff:fedd:eeff antrea-gw0 permanent aa:bb:cc:dd:ee:ff",
  ]);
});
