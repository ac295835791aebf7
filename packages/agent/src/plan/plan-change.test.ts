import assert from "node:assert/strict";
import { test } from "node:test";
import { type NetworkSettings, parseAgentConfig, withSettings } from "@antrea/api";
import { podMtuOf } from "@antrea/pipeline";
import { ownStance } from "@antrea/pipeline/mode";
import { cidr, ip, link, mac, node as network, sharedSettings } from "@antrea/pipeline/testing";
import { nodeNow } from "../node/node-now.ts";
import type { ThisNode } from "../node/this-node.ts";
import { desiredPeer } from "../routes/desired-peer.ts";
import { planPeer } from "../routes/peers.ts";
import { type ChangePlanInput, planChange } from "./plan-change.ts";

function thisNode(of: NetworkSettings, more: Partial<ThisNode> = {}): ThisNode {
  const read = parseAgentConfig("", "antrea-agent.conf");
  assert.equal(read.kind, "accepted");
  const transport = [link("172.30.1.11/24")];
  const podCidrs = [cidr("10.244.1.0/24")];
  const eth0 = { device: "eth0", mtu: 1500, mac: mac("0e:00:00:00:01:0b"), addresses: transport };
  return {
    config: withSettings(read.config, of),
    stance: ownStance(of),
    view: {
      ...{ name: "node-1", uid: "u", podCidrs, transport, labels: {} },
      ...{ internalIps: [], externalIps: [], hasAgent: true, isReady: true },
    },
    identity: { name: "node-1", podCidrs, transport },
    ...{ transport: eth0, links: new Map([["", eth0]]) },
    ...{ heedsRouters: false, datapathType: "netdev", isUplinkShared: true, hasTunnel: true },
    mtu: podMtuOf([{ direct: 1450, far: 1450 }]),
    ...{ disableTxChecksum: true, serviceCidrs: [] },
    ...more,
  };
}

/** A Node in encap with one peer beside it and `beyond` behind a router. */
function plan(
  to: NetworkSettings,
  {
    more = {},
    beyond = 1,
    direct = () => undefined,
  }: {
    more?: Partial<ThisNode>;
    beyond?: number;
    direct?: ChangePlanInput["direct"];
  } = {},
) {
  const node = thisNode(sharedSettings("encap"), more);
  const net = network();
  const now = nodeNow(node, { network: net, desired: { bridge: { name: "br-int" } } as never });
  const peers = [
    { name: "near", podCidrs: [cidr("10.244.2.0/24")], transport: [link("172.30.1.12/24")] },
    ...Array.from({ length: beyond }, (_, i) => ({
      name: `far-${i}`,
      podCidrs: [cidr(`10.${100 + (i >> 8)}.${i & 255}.0/24`)],
      transport: [link(`172.31.${i >> 8}.${i & 255}/16`)],
    })),
  ];
  return planChange({
    now,
    settings: to,
    links: ({ links }) => links,
    tunnelPorts: new Map([["geneve:6081", "antrea-tun0"]]),
    direct,
    preview: (then) =>
      peers.map((identity) => {
        const planned = planPeer(identity, {
          ...{ stance: then.node.stance, takes: () => true, local: node.identity },
          ...{ deviceOf: () => "eth0", refusal: () => undefined },
          resolve: (destination) => ({
            device: "eth0",
            ...(destination.startsWith("172.31.") ? { via: ip("172.30.1.1") } : {}),
          }),
        });
        return { plan: planned, ...desiredPeer(planned, then, () => mac("0e:00:00:00:01:0c")) };
      }),
  });
}

test("planChange() names the peers that are sent to another way, and the flow that changes for each", () => {
  const { paths, flows, mtu, problems, from, to } = plan(sharedSettings("hybrid"));
  assert.deepEqual([from, to], ["encap, geneve:6081", "hybrid, geneve:6081"]);
  assert.deepEqual(
    paths.map(({ node, from: before, to: after }) => `${node} ${before} ${after}`),
    ["near geneve:6081 direct"],
  );
  assert.deepEqual(
    flows.map(({ change, table }) => `${change} ${table}`),
    ["modify L3Forwarding"],
  );
  assert.deepEqual([mtu, problems], [{ from: 1450, to: 1450 }, []]);
});

test("planChange() says nothing of what stays, and tells flows, rules and MTU of another tunnel and of none", () => {
  const same = plan(sharedSettings("encap"));
  assert.deepEqual([same.paths, same.flows, same.host], [[], [], []]);

  const vxlan = plan(sharedSettings("encap", "vxlan"));
  const on = (table: string) => vxlan.flows.filter((flow) => flow.table === table);
  assert.deepEqual(
    on("Classifier").map(({ change }) => change),
    ["add", "add", "remove", "remove"],
    "each peer's tunnel comes in by another port",
  );
  assert.ok(
    on("UplinkClassifier").some(({ change, flow }) => change === "add" && /4789/.test(flow)),
  );
  assert.deepEqual(vxlan.host, ["~ nft table ip antrea", "~ nft table netdev antrea"]);

  const none = plan(sharedSettings("noEncap"));
  assert.deepEqual(none.mtu, { from: 1450, to: 1500 });
  assert.ok(none.host.includes("~ link antrea-gw0"));
});

test("planChange() says what would not work", () => {
  const read = parseAgentConfig(
    "trafficEncapMode: noEncap\novsDatapathType: netdev\nuserspaceTSO: true\n",
    "f",
  );
  assert.equal(read.kind, "accepted");
  const cannot = plan(sharedSettings("hybrid"), {
    more: { config: read.config, hasTunnel: false },
  });
  assert.match(
    cannot.problems.join(),
    /userspaceTSO of this Node cannot carry tunnels, and 1 Nodes/,
  );
  const wide = plan({ ...sharedSettings("encap"), defaultMTU: 9000 });
  assert.match(wide.problems.join(), /MTU of 9000 bytes, and eth0 has 1500/);
});

test("planChange() of a Node with a thousand peers", (t) => {
  const began = performance.now();
  const { paths } = plan(sharedSettings("noEncap"), { beyond: 1000 });
  t.diagnostic(`${Math.round(performance.now() - began)} ms`);
  assert.equal(paths.length, 1001);
});

test("planChange() says which ways probes have not proven, where they are measured", () => {
  const verdicts: Readonly<Record<string, { isProven: boolean; reason: string }>> = {
    near: { isProven: true, reason: "probes come back" },
    "far-0": { isProven: false, reason: "no probe came back" },
  };
  const { problems } = plan(sharedSettings("noEncap"), {
    beyond: 2,
    direct: (name) => verdicts[name],
  });
  assert.deepEqual(problems, [
    "far-0 would be reached without a tunnel, and the way there is not proven: no probe came back",
  ]);
});
