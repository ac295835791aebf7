import assert from "node:assert/strict";
import { test } from "node:test";
import { formatFlows } from "@antrea/openflow/flow";
import { expectFlows } from "../testing/golden-flows.ts";
import {
  byFabric,
  byTunnel,
  byTunnelOverIpv6,
  cidr,
  node,
  onLink,
  peer,
  pod,
} from "../testing/network.ts";
import { compileNode } from "./node-connectivity.ts";
import type { PeerNetwork } from "../network.ts";
import { provenBefore } from "./path-probes.ts";
import { compilePeer } from "./peer-connectivity.ts";
import { compilePod, compileRetiredPod } from "./pod-connectivity.ts";

test("compileNode() holds the pipeline together and shares the uplink with the host", () => {
  expectFlows("node/shared-uplink", "node", compileNode(node()));
});

test("compileNode() leaves the uplink alone where the host carries direct traffic", () => {
  expectFlows("node/host-uplink", "node", compileNode(node({ uplink: false, tunnel: "none" })));
});

test("compileNode() passes GRE, which has no port, by its protocol", () => {
  const gre = compileNode(node({ tunnel: "gre" }));
  const forFragments = 1;
  assert.equal(gre.length, compileNode(node()).length - forFragments);
  expectFlows("node/gre", "node", gre);
});

test("compilePod() lets a Pod speak only as itself, and brings it what is its own", () => {
  expectFlows("pod/one-address", "pod:shop/cart-0", compilePod(pod(), node()));
});

test("compileRetiredPod() drops what a Pod sent that is yet to be judged", () => {
  const flows = compileRetiredPod("cart-0-3f2a1b", pod().ofPort);
  expectFlows("pod/retired", "retired:cart-0-3f2a1b", flows);
});

test("compilePeer() tunnels to a peer and takes both forms from it", () => {
  expectFlows("peer/tunnel", "peer:node-2", compilePeer(peer(byTunnel), node()));
});

test("compilePeer() sends to a neighbour's Ethernet address without a tunnel", () => {
  expectFlows("peer/on-link", "peer:node-2", compilePeer(peer(onLink), node()));
});

test("compilePeer() sends to the router where the fabric knows the way, and takes routed packets", () => {
  expectFlows("peer/fabric", "peer:node-2", compilePeer(peer(byFabric, { linkMac: "" }), node()));
});

test("compilePeer() notes the destinations of one Pod CIDR under a cookie of their own", () => {
  const notesOf = (podCidr: string): string => {
    const identity = { ...peer(byTunnel).identity, podCidrs: [cidr(podCidr)] };
    const text = formatFlows(compilePeer({ ...peer(byTunnel), identity }, node()));
    return /learn\(.*cookie=(0x[0-9a-f]+)/.exec(text)?.[1] ?? assert.fail(text);
  };
  assert.notEqual(notesOf("10.244.2.0/24"), notesOf("10.244.9.0/24"));
});

test("compilePeer() hands direct traffic to the host where the host carries it", () => {
  expectFlows(
    "peer/host",
    "peer:node-2",
    compilePeer(peer(onLink), node({ uplink: false, tunnel: "none" })),
  );
});

test("compilePeer() drops what it cannot send while the next hop is unknown", () => {
  const flows = compilePeer(peer(onLink, { nextHopMac: "", linkMac: "" }), node());
  expectFlows("peer/unresolved", "peer:node-2", flows);
});

test("compilePeer() takes direct packets of a tunnelled peer beyond the router from the router alone", () => {
  const peerBeyond = peer(byTunnel, { linkMac: "", routerMac: "0e:00:00:00:01:01" });
  expectFlows("peer/tunnel-beyond-router", "peer:node-2", compilePeer(peerBeyond, node()));
});

const dual = { pods: ["ipv4", "ipv6"] } as const;
const ipv6 = { pods: ["ipv6"], transport: ["ipv6"] } as const;

test("compileNode() has flows of each IP family that Pods have, and of none else", () => {
  expectFlows("node/dual", "node", compileNode(node(dual)));
  expectFlows("node/ipv6", "node", compileNode(node(ipv6)));
  expectFlows("node/ipv6-gre", "node", compileNode(node({ ...ipv6, tunnel: "gre" })));
});

test("compilePod() lets a Pod ask for IPv6 neighbours as itself, and nothing else of neighbour discovery", () => {
  const both = pod({ addresses: ["10.244.1.2", "fd00:10:244:1::2"] });
  expectFlows("pod/dual", "pod:shop/cart-0", compilePod(both, node(dual)));
});

test("compilePeer() takes both IP families of Pods the one way that it chose", () => {
  expectFlows("peer/dual-tunnel", "peer:node-2", compilePeer(peer(byTunnel, dual), node(dual)));
  expectFlows("peer/dual-on-link", "peer:node-2", compilePeer(peer(onLink, dual), node(dual)));
});

test("compilePeer() tunnels over IPv6 between Nodes that have nothing else", () => {
  expectFlows(
    "peer/ipv6-tunnel",
    "peer:node-2",
    compilePeer(peer(byTunnelOverIpv6, ipv6), node(ipv6)),
  );
});

test("compilePod() has neighbour discovery carried where the datapath cannot answer it", () => {
  const kernel = node({ ...dual, uplink: false, answersNd: false });
  const both = pod({ addresses: ["10.244.1.2", "fd00:10:244:1::2"] });
  expectFlows("pod/dual-kernel", "pod:shop/cart-0", compilePod(both, kernel));
  const flows = formatFlows([...compileNode(kernel), ...compilePod(both, kernel)]);
  assert.doesNotMatch(flows, /nd_options_type|nd_reserved|->icmpv6_type/);
});

test("provenBefore() finds measured peers that the flows of an agent before send to without a tunnel", () => {
  const found = (one: PeerNetwork) => provenBefore(compilePeer(one, node()), node()).size;
  assert.equal(found({ ...peer(onLink), isMeasured: true }), 1);
  assert.equal(found({ ...peer(byTunnel), isMeasured: true }), 0);
  assert.equal(found(peer(onLink)), 0, "nobody has measured it");
});

test("compilePeer() answers and hears probes of a measured peer, whatever its path", () => {
  const measured = { ...peer(byTunnel, dual), isMeasured: true };
  expectFlows("peer/dual-measured", "peer:node-2", compilePeer(measured, node(dual)));
  const beyond = peer(byTunnel, { linkMac: "", routerMac: "0e:00:00:00:01:01" });
  const routed = { ...beyond, isMeasured: true, mayBeRouted: true };
  expectFlows("peer/measured-beyond-router", "peer:node-2", compilePeer(routed, node()));
});
