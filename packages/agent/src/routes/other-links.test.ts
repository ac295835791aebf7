import assert from "node:assert/strict";
import { test } from "node:test";
import { flowKey, formatFlows } from "@antrea/openflow/flow";
import { linkChoiceOf, type NetworkSettings } from "@antrea/api";
import type { NodeIdentity, NodeNetwork } from "@antrea/pipeline";
import type { Stance } from "@antrea/pipeline/mode";
import { cidr, ip, link, mac, node, sharedSettings } from "@antrea/pipeline/testing";
import { ofPort } from "@antrea/net";
import { hostPlan } from "../testing/host-plan.ts";
import { desiredPeer } from "./desired-peer.ts";
import { neighboursOf, awaitedNeighboursOf, type PeerContext, planPeer } from "./peers.ts";

/** node-1 and node-2 are neighbours on eth1, and have a router between them on eth0. */
function identity(number: number, links: readonly string[]): NodeIdentity {
  const eth0 = [link(`172.30.${number}.10/24`)];
  const all = new Map([
    ["", eth0],
    ["eth1", [link(`172.29.0.1${number}/24`)]],
  ]);
  return {
    ...{ name: `node-${number}`, podCidrs: [cidr(`10.244.${number}.0/24`)], transport: eth0 },
    links: new Map([...all].filter(([choice]) => links.includes(choice))),
  };
}

const overEth0 = sharedSettings("hybrid");
const overEth1: NetworkSettings = { ...overEth0, transportInterface: "eth1" };

function stance(...preferred: Stance["preferred"]): Stance {
  const both = [overEth0, overEth1];
  return { preferred, accepted: both, presumed: [overEth0], change: 2, step: "Send" };
}

const context = (more: Partial<PeerContext> = {}): PeerContext => ({
  stance: stance(overEth1, overEth0),
  takes: () => true,
  local: identity(1, ["", "eth1"]),
  deviceOf: (choice) => (choice === "eth1" ? "eth1" : "eth0"),
  refusal: () => undefined,
  resolve: (to) =>
    to.startsWith("172.29.") ? { device: "eth1" } : { device: "eth0", via: ip("172.30.1.1") },
  ...more,
});

const macOf = ({ device }: { readonly device: string }) =>
  mac(device === "eth1" ? "0e:00:00:00:09:0c" : "0e:00:00:00:01:01");

/** The Node that is sent to by eth1, and takes from eth0 too. */
function network(): NodeNetwork {
  const both = node();
  const eth1 = {
    ...{ device: "eth1", ofPort: ofPort(32773), mac: mac("0e:00:00:00:09:0b") },
    addresses: [link("172.29.0.11/24")],
  };
  return { ...both, uplink: eth1, otherUplinks: both.uplink ? [both.uplink] : [] };
}

test("planPeer() sends over the link of the best settings that a peer takes, and knows the way over the other", () => {
  const peer = identity(2, ["", "eth1"]);
  const direct = planPeer(peer, context());
  assert.deepEqual(
    [direct.form, direct.device, direct.path.kind],
    ["direct@eth1", "eth1", "direct"],
  );
  assert.deepEqual(
    direct.others.map(({ form, device }) => [form, device]),
    [["geneve:6081", "eth0"]],
  );
  const shy = context({ takes: (_, form) => !form.includes("@") });
  const tunnelled = planPeer(peer, shy);
  assert.deepEqual([tunnelled.form, tunnelled.device], ["geneve:6081", "eth0"]);
  assert.deepEqual(
    tunnelled.others.map(({ form, device }) => [form, device]),
    [["direct@eth1", "eth1"]],
  );
  const addresses = neighboursOf(tunnelled).map((hop) => `${hop.device} ${hop.address}`);
  assert.deepEqual(addresses.toSorted(), ["eth0 172.30.1.1", "eth1 172.29.0.12"]);
});

test("awaitedNeighboursOf() are those of the link that is changed to: whom the one in use does not reach holds up no change", () => {
  const accept = context({ stance: stance(overEth0, overEth1) });
  const hops = awaitedNeighboursOf(planPeer(identity(2, ["", "eth1"]), accept));
  assert.deepEqual(
    hops.map(({ device }) => device),
    ["eth1"],
  );
});

test("planPeer() looks for a peer on no link that the peer does not tell", () => {
  const plan = planPeer(identity(2, [""]), context({ takes: (_, form) => !form.includes("@") }));
  assert.deepEqual([plan.device, plan.others], ["eth0", []]);
});

test("planPeer() has one way where two choices mean one link", () => {
  const same = { ...overEth0, transportInterface: "eth0" };
  const links = new Map(["", "eth0"].map((choice) => [choice, [link("172.30.2.10/24")]]));
  const peer = { ...identity(2, [""]), links };
  const local = { ...identity(1, [""]), links: new Map([["", [link("172.30.1.10/24")]]]) };
  const plan = planPeer(peer, context({ stance: stance(same, overEth0), local }));
  assert.equal(plan.form, `geneve:6081@${linkChoiceOf(same)}`);
  assert.deepEqual(plan.others, []);
});

test("desiredPeer() takes tunnels and bare packets over each link, and sends over one", () => {
  const plan = planPeer(identity(2, ["", "eth1"]), context());
  const { flows, tunnelRoutes } = desiredPeer(
    plan,
    { network: network(), hostPlan: hostPlan() },
    macOf,
  );
  const text = formatFlows(flows).split("\n");
  const matching = (...words: readonly string[]) =>
    text.filter((line) => words.every((word) => line.includes(word))).length;
  assert.equal(matching("nw_dst=10.244.2.0/24"), 1, "one way to its Pods");
  assert.equal(matching("tun_src=172.30.2.10"), 1);
  assert.equal(matching("tun_src=172.29.0.12"), 1);
  assert.equal(matching("in_port=32770", "nw_src=172.30.2.10,nw_dst=172.30.1.11"), 1);
  assert.equal(matching("in_port=32773", "nw_src=172.29.0.12,nw_dst=172.29.0.11"), 1);
  assert.equal(matching("in_port=32773", "dl_src=0e:00:00:00:09:0c", "nw_src=10.244.2.0/24"), 1);
  assert.equal(matching("in_port=32770", "nw_src=172.29.0.12"), 0, "each address on its link");
  assert.deepEqual(
    tunnelRoutes.map(({ destination, device }) => `${destination} ${device}`),
    ["172.29.0.12 eth1", "172.30.2.10 eth0"],
  );
});

test("desiredPeer() wants each flow, route and neighbour once where two choices name addresses of one link in common", () => {
  const ipv4Alone = { ...overEth0, transportInterfaceCIDRs: ["172.30.0.0/16"] };
  const dual = (number: number): NodeIdentity => {
    const ipv4 = link(`172.30.1.1${number}/24`);
    const transport = [ipv4, link(`fd00:172:30:1::${number}/64`)];
    const links = new Map([["", transport]]).set(linkChoiceOf(ipv4Alone), [ipv4]);
    return { ...identity(number, []), transport, links };
  };
  const orders: readonly Stance["preferred"][] = [
    [overEth0, ipv4Alone],
    [ipv4Alone, overEth0],
  ];
  for (const order of orders) {
    const both = { ...stance(...order), accepted: order };
    const more = { stance: both, local: dual(1), resolve: () => ({ device: "eth0" }) };
    const plan = planPeer(dual(2), context(more));
    assert.equal(plan.others.length, 1);
    const wanted = desiredPeer(plan, { network: node(), hostPlan: hostPlan() }, macOf);
    const lists = [
      wanted.tunnelRoutes.map(({ destination }) => destination),
      wanted.flows.map(flowKey),
      [...(wanted.host.neighbours ?? [])].map(({ device, address }) => `${device} ${address}`),
    ];
    for (const keys of lists) assert.deepEqual(keys, [...new Set(keys)]);
  }
});
