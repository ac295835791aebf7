import assert from "node:assert/strict";
import { test } from "node:test";
import { cidr, link } from "@antrea/pipeline/testing";
import { hostPlan } from "../testing/host-plan.ts";
import { compileHost } from "./desired-host.ts";

test("compileHost() does not translate what the host sends to Pods of other Nodes", () => {
  const { nftTables = [] } = compileHost(hostPlan({ isUplinkShared: false }), [
    cidr("10.244.2.0/24"),
  ]);
  const [table] = [...nftTables];
  assert.deepEqual(
    table?.sets?.map(({ elements }) => elements),
    [["10.244.2.0/24"]],
  );
  const [rule] = table?.chains.find(({ name }) => name === "postrouting")?.rules ?? [];
  assert.deepEqual(rule?.match?.at(-1), {
    kind: "destination",
    family: "ipv4",
    address: "@direct_pod_cidrs",
    isNegated: true,
  });
});

test("compileHost() gives nftables no Pod CIDR that is inside another, as of Nodes that claim one another's", () => {
  const claimed = ["10.244.2.0/24", "10.244.2.0/25", "10.244.2.0/24", "10.244.3.0/24"].map(cidr);
  const { nftTables = [] } = compileHost(hostPlan({ isUplinkShared: false }), claimed);
  assert.deepEqual(
    [...nftTables].flatMap(({ sets = [] }) => sets.map(({ elements }) => elements)),
    [["10.244.2.0/24", "10.244.3.0/24"]],
  );
});

test("compileHost() translates nothing of Pods with noSNAT", () => {
  const { nftTables = [] } = compileHost(hostPlan({ masquerade: false }), []);
  const rules = [...nftTables].flatMap(({ chains }) => chains.flatMap((chain) => chain.rules));
  assert.ok(!rules.some(({ comment }) => comment?.startsWith("Pods of ")));
});

test("compileHost() has a table and settings of each IP family, and goes on heeding routers where the kernel would stop", () => {
  const dual = {
    podCidrs: [cidr("10.244.1.0/24"), cidr("fd00:10:244:1::/64")],
    gateway: {
      device: "antrea-gw0",
      addresses: [link("10.244.1.1/24"), link("fd00:10:244:1::1/64")],
      mtu: { link: 1450, direct: 1450, far: 1450 },
    },
  };
  const { nftTables = [], sysctls = {} } = compileHost(
    hostPlan({ ...dual, heedsRouters: true }),
    [],
  );
  assert.deepEqual(
    [...nftTables].map(({ family, name }) => `${family} ${name}`),
    ["ip antrea", "ip6 antrea", "netdev antrea"],
  );
  const order = Object.keys(sysctls).filter((path) => path.startsWith("net/ipv6/conf/"));
  assert.deepEqual(order.slice(0, 2), [
    "net/ipv6/conf/eth0/accept_ra",
    "net/ipv6/conf/all/forwarding",
  ]);
  assert.equal(sysctls["net/ipv6/conf/eth0/accept_ra"], "2");

  const settled = compileHost(hostPlan(dual), []);
  assert.ok(!("net/ipv6/conf/eth0/accept_ra" in (settled.sysctls ?? {})));
  const ipv4 = compileHost(hostPlan(), []);
  assert.ok(!Object.keys(ipv4.sysctls ?? {}).some((path) => path.includes("ipv6")));
});

test("compileHost() brings own Pods all that their links carry where it forwards to them, while the Node itself sends less", () => {
  const mtuOfOwn = (isUplinkShared: boolean) => {
    const gateway = {
      device: "antrea-gw0",
      addresses: [link("10.244.1.1/24")],
      mtu: { link: 1450, direct: 1400, far: 1400 },
    };
    const { routes = [] } = compileHost(hostPlan({ gateway, isUplinkShared }), []);
    return [...routes].map(({ mtu }) => mtu);
  };
  assert.deepEqual([mtuOfOwn(true), mtuOfOwn(false)], [[1400], [undefined]]);
});
