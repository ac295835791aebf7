import assert from "node:assert/strict";
import { test } from "node:test";
import { isEmptyHostChange, type Ownership } from "../host/diff.ts";
import { HostError } from "../host/error.ts";
import { type HostEntries, hostState, route, routeProtocol } from "../host/state.ts";
import { testNamespace } from "../testing/namespace.ts";
import { gatewayTable, uplinkTable } from "../testing/nft-tables.ts";
import { cidr, ip, mac, onLink } from "../testing/parse.ts";
import { hostNetwork } from "./host-network.ts";
import { rulesetGeneration } from "./nft.ts";

const { antrea: protocol } = routeProtocol;
const owns: Ownership = {
  links: ({ name }) => name.startsWith("gw"),
  addresses: ({ device }) => device === "gw0",
  routes: (r) => r.protocol === protocol,
  neighbours: ({ state, device }) => state === "permanent" && device === "gw0",
  nftTables: ["ip antrea", "netdev antrea"],
};

function node(more: HostEntries = {}): HostEntries {
  return {
    links: [
      { name: "gw0", isUp: true, mtu: 1450, mac: mac("0a:00:00:00:00:01"), create: veth },
      { name: "up0", isUp: true },
    ],
    addresses: [
      { device: "gw0", ...onLink("10.10.1.1/24") },
      { device: "gw0", ...onLink("fd10:1::1/64") },
    ],
    routes: [tunnelRoute, ipv6Route, unreachable, ipv6Unreachable, ipv4ByIpv6],
    neighbours: [
      { device: "gw0", address: ip("10.10.2.1"), state: "permanent", mac: virtualMac },
      { device: "gw0", address: ip("fd10:2::1"), state: "permanent", mac: virtualMac },
    ],
    sysctls: { "net/ipv4/ip_forward": "1", "net/ipv4/conf/gw0/arp_announce": "1" },
    nftTables: [gatewayTable(), uplinkTable("up0")],
    ...more,
  };
}
const veth = { kind: "veth", peer: "up0" } as const;
const virtualMac = mac("aa:bb:cc:dd:ee:ff");
const tunnelRoute = route({
  destination: cidr("10.10.2.0/24"),
  protocol,
  device: "gw0",
  via: ip("10.10.2.1"),
  isOnlink: true,
  source: ip("10.10.1.1"),
  mtu: 1400,
});
const ipv6Route = route({
  destination: cidr("fd10:2::/64"),
  protocol,
  device: "gw0",
  via: ip("fd10:2::1"),
  isOnlink: true,
});
const unreachable = route({ destination: cidr("10.10.0.0/16"), protocol, type: "unreachable" });
const ipv6Unreachable = route({ destination: cidr("fd10:9::/64"), protocol, type: "unreachable" });
const ipv4ByIpv6 = route({
  destination: cidr("10.10.5.0/24"),
  protocol,
  device: "gw0",
  via: ip("fd10:1::99"),
});

test("converge() brings an empty namespace to what is desired, as ip and nft see it", async () => {
  using ns = testNamespace();

  const { failures } = await hostNetwork({ netnsPath: ns.path }).converge({
    desired: hostState(node()),
    owns,
  });

  assert.deepEqual(failures, []);
  const [link] = ns.ip("link", "show", "gw0");
  assert.deepEqual(
    [link.mtu, link.address, link.linkinfo.info_kind, link.flags.includes("UP")],
    [1450, "0a:00:00:00:00:01", "veth", true],
  );
  const addresses = ns.ip("address", "show", "gw0", "scope", "global")[0].addr_info;
  assert.deepEqual(
    addresses.flatMap((a: { local?: string; prefixlen: number }) =>
      a.local ? [`${a.local}/${a.prefixlen}`] : [],
    ),
    ["10.10.1.1/24", "fd10:1::1/64"],
  );
  const [tunnel] = ns.ip("route", "show", "10.10.2.0/24");
  assert.deepEqual(
    { via: tunnel.gateway, dev: tunnel.dev, proto: tunnel.protocol, flags: tunnel.flags },
    { via: "10.10.2.1", dev: "gw0", proto: "167", flags: ["onlink"] },
  );
  assert.equal(tunnel.prefsrc, "10.10.1.1");
  assert.deepEqual(tunnel.metrics, [{ mtu: 1400 }]);
  assert.equal(ns.ip("route", "show", "type", "unreachable")[0].dst, "10.10.0.0/16");
  assert.equal(ns.ip("-6", "route", "show", "fd10:2::/64")[0].gateway, "fd10:2::1");
  assert.equal(ns.ip("-6", "route", "show", "type", "unreachable")[0].dst, "fd10:9::/64");
  assert.deepEqual(ns.ip("route", "show", "10.10.5.0/24")[0].via, {
    family: "inet6",
    host: "fd10:1::99",
  });
  const neighbours = ns.ip("neigh", "show", "nud", "permanent");
  assert.deepEqual(neighbours.map((n) => `${n.dst} ${n.lladdr}`).sort(), [
    "10.10.2.1 aa:bb:cc:dd:ee:ff",
    "fd10:2::1 aa:bb:cc:dd:ee:ff",
  ]);
  assert.equal(ns.run("cat", "/proc/sys/net/ipv4/conf/gw0/arp_announce").trim(), "1");
  assert.match(
    ns.run("nft", "list", "table", "ip", "antrea"),
    /10\.10\.2\.0\/24.*\n?.*masquerade/s,
  );
  assert.match(ns.run("nft", "list", "table", "netdev", "antrea"), /device "up0" priority -500/);
});

test("converge() finds nothing to do the second time", async () => {
  using ns = testNamespace();
  const network = hostNetwork({ netnsPath: ns.path });
  const wish = { desired: hostState(node()), owns };
  await network.converge(wish);

  const { change, applied } = await network.converge(wish);

  assert.ok(isEmptyHostChange(change), JSON.stringify(change));
  assert.equal(applied, 0);
});

test("converge() follows a peer from the tunnel to the direct path in one replacement", async () => {
  using ns = testNamespace();
  const network = hostNetwork({ netnsPath: ns.path });
  await network.converge({ desired: hostState(node()), owns });
  const direct = route({ destination: tunnelRoute.destination, protocol, via: ip("10.10.1.77") });
  const direct6 = route({ destination: ipv6Route.destination, protocol, via: ip("fd10:1::77") });
  const desired = hostState(
    node({ routes: [direct, direct6, unreachable, ipv6Unreachable, ipv4ByIpv6] }),
  );

  const { change } = await network.converge({ desired, owns });

  assert.deepEqual(
    change.routes.modify.map(({ key }) => key),
    ["254 10.10.2.0/24 metric 0", "254 fd10:2::/64 metric 1024"],
  );
  assert.equal(change.routes.add.length + change.routes.remove.length, 0);
  const routes = ns.ip("route", "show", "10.10.2.0/24");
  assert.deepEqual(
    routes.map((r) => r.gateway),
    ["10.10.1.77"],
  );
  const routes6 = ns.ip("-6", "route", "show", "fd10:2::/64");
  assert.deepEqual(
    routes6.map((r) => r.gateway),
    ["fd10:1::77"],
  );
});

test("converge() mends what was deleted by hand, and leaves what is not ours", async () => {
  using ns = testNamespace();
  const network = hostNetwork({ netnsPath: ns.path });
  const wish = { desired: hostState(node()), owns };
  await network.converge(wish);
  ns.run("ip", "route", "add", "10.77.0.0/16", "dev", "gw0", "proto", "static");
  ns.run("ip", "address", "add", "172.16.0.1/24", "dev", "up0");
  ns.run("nft", "add", "table", "ip", "theirs");
  ns.run("ip", "route", "del", "10.10.2.0/24");
  ns.run("ip", "neigh", "del", "10.10.2.1", "dev", "gw0");
  ns.run("nft", "flush", "chain", "ip", "antrea", "forward");
  ns.run("nft", "delete", "element", "ip", "antrea", "pod-cidrs", "{ 10.10.2.0/24 }");
  ns.run("sysctl", "-w", "net.ipv4.ip_forward=0");

  const { failures } = await network.converge(wish);
  const after = await network.converge(wish);

  assert.deepEqual(failures, []);
  assert.ok(isEmptyHostChange(after.change));
  assert.equal(ns.ip("route", "show", "10.77.0.0/16").length, 1);
  assert.match(ns.run("ip", "address", "show", "up0"), /172\.16\.0\.1/);
  assert.match(ns.run("nft", "list", "tables"), /ip theirs/);
});

test("converge() to nothing removes all that is ours and nothing else", async () => {
  using ns = testNamespace();
  const network = hostNetwork({ netnsPath: ns.path });
  await network.converge({ desired: hostState(node()), owns });
  ns.run("ip", "link", "add", "other", "type", "bridge");

  const { failures } = await network.converge({ desired: hostState({}), owns });

  assert.deepEqual(failures, []);
  assert.deepEqual(
    ns.ip("link", "show").map((l) => l.ifname),
    ["lo", "other"],
  );
  assert.deepEqual(ns.ip("route", "show", "table", "all", "proto", "167"), []);
  assert.equal(ns.run("nft", "list", "ruleset"), "");
});

test("apply() names the entry that the kernel refuses and does the others", async () => {
  using ns = testNamespace();
  const network = hostNetwork({ netnsPath: ns.path });
  const noWay = route({ destination: cidr("10.50.0.0/16"), protocol, via: ip("203.0.113.1") });
  const noDevice = route({ destination: cidr("10.51.0.0/16"), protocol, device: "nosuch0" });

  const { failures } = await network.converge({
    desired: hostState(
      node({
        routes: [tunnelRoute, noWay, noDevice],
        sysctls: { "net/ipv4/conf/nosuch0/arp_ignore": "1" },
      }),
    ),
    owns,
  });

  assert.ok(failures.every((failure) => failure instanceof HostError));
  assert.deepEqual(failures.map(({ problem }) => `${problem.code}: ${problem.entry}`).sort(), [
    "no-device: route 10.51.0.0/16 dev nosuch0",
    "refused: route 10.50.0.0/16 via 203.0.113.1",
    "refused: sysctl net/ipv4/conf/nosuch0/arp_ignore = 1",
  ]);
  assert.match(failures.map(String).join("\n"), /ENETUNREACH \(Nexthop has invalid gateway\)/);
  assert.equal(ns.ip("route", "show", "10.10.2.0/24").length, 1);
});

test("apply() of a refused nft transaction leaves the tables as they were", async () => {
  using ns = testNamespace();
  const network = hostNetwork({ netnsPath: ns.path });
  await network.converge({ desired: hostState({ nftTables: [gatewayTable()] }), owns });
  const toNowhere = {
    match: [],
    verdict: { kind: "jump", chain: "nowhere" },
    comment: "No",
  } as const;
  const broken = {
    family: "ip",
    name: "broken",
    chains: [{ name: "c", rules: [toNowhere] }],
  } as const;

  const { failures } = await network.converge({
    desired: hostState({ nftTables: [gatewayTable({ podCidr: "10.3.0.0/24" }), broken] }),
    owns,
  });

  assert.deepEqual(
    failures.map(({ problem }) => problem.code),
    ["nft"],
  );
  assert.match(ns.run("nft", "list", "table", "ip", "antrea"), /10\.10\.1\.0\/24/);
});

test("apply() changes a set by its elements and keeps the table's counters", async () => {
  using ns = testNamespace();
  const network = hostNetwork({ netnsPath: ns.path });
  const wish = (podCidrs: readonly string[]) => ({
    desired: hostState({ nftTables: [gatewayTable({ podCidrs })] }),
    owns,
  });
  await network.converge(wish(["10.10.2.0/24"]));
  const handles = () => ns.run("nft", "-a", "list", "chain", "ip", "antrea", "postrouting");
  const before = handles();

  await network.converge(wish(["10.10.3.0/24", "10.10.4.0/24", "10.10.9.9/32"]));

  assert.equal(handles(), before);
  assert.match(
    ns.run("nft", "list", "set", "ip", "antrea", "pod-cidrs"),
    /10\.10\.3\.0\/24, 10\.10\.4\.0\/24,\s+10\.10\.9\.9/,
  );
});

test("apply() swaps the address of a gateway within its network", async () => {
  using ns = testNamespace();
  const network = hostNetwork({ netnsPath: ns.path });
  await network.converge({ desired: hostState(node({ routes: [] })), owns });
  const addresses = [{ device: "gw0", ...onLink("10.10.1.9/24") }];
  const wish = { desired: hostState(node({ routes: [], addresses })), owns };

  await network.converge(wish);
  const { change } = await network.converge(wish);

  assert.ok(!change.addresses.add.length, "the kernel did not take the new address with the old");
  assert.match(ns.run("ip", "-br", "-4", "address", "show", "gw0"), /UP\s+10\.10\.1\.9\/24\s*$/);
});

test("converge() puts back a rule that kept its comment and was made to do something else", async () => {
  using ns = testNamespace();
  const network = hostNetwork({ netnsPath: ns.path });
  const wish = { desired: hostState({ nftTables: [gatewayTable()] }), owns };
  await network.converge(wish);
  const rules = () => ns.run("nft", "-s", "list", "chain", "ip", "antrea", "from-pods");
  const before = rules();
  const drop = /comment "(Never #\w+)" # handle (\d+)/.exec(
    ns.run("nft", "-a", "list", "chain", "ip", "antrea", "from-pods"),
  );
  assert.ok(drop, "the rule is there");
  const [, comment = "", handle = ""] = drop;
  ns.run(
    "nft",
    "replace",
    "rule",
    "ip",
    "antrea",
    "from-pods",
    "handle",
    handle,
    ...[..."ip daddr 198.51.100.10 drop comment".split(" "), `"${comment}"`],
  );
  assert.notEqual(rules(), before);

  const { change } = await network.converge(wish);
  assert.deepEqual(
    change.nftTables.modify.map(({ key }) => key),
    ["ip antrea"],
  );
  assert.equal(rules(), before);
  const again = await network.converge(wish);
  assert.ok(isEmptyHostChange(again.change), "what was counted and listed is no difference");
});

test("rulesetGeneration() is another number after each change of the ruleset, and only then", () => {
  using ns = testNamespace();
  const before = rulesetGeneration(ns.path);
  assert.equal(rulesetGeneration(ns.path), before);
  ns.run("nft", "add", "table", "ip", "theirs");
  const after = rulesetGeneration(ns.path);
  assert.notEqual(after, before);
  assert.equal(rulesetGeneration(ns.path), after);
});

test("glance() shows another text after a change of the ruleset or of a sysctl", () => {
  using ns = testNamespace();
  const network = hostNetwork({ netnsPath: ns.path });
  const sysctls = ["net/ipv4/conf/lo/arp_ignore", "net/ipv4/conf/gone/arp_ignore"];

  const first = network.glance(sysctls);
  assert.equal(network.glance(sysctls), first);
  ns.run("nft", "add", "table", "ip", "others");
  const second = network.glance(sysctls);
  ns.run("sysctl", "-qw", "net.ipv4.conf.lo.arp_ignore=1");

  assert.notEqual(second, first);
  assert.notEqual(network.glance(sysctls), second);
});
