import assert from "node:assert/strict";
import { readlinkSync } from "node:fs";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { HostError, isErrno } from "../host/error.ts";
import { type PodVethSpec, podLinkGroup } from "../host/pod-veth.ts";
import { type TestNamespace, testNamespace } from "../testing/namespace.ts";
import { ip, mac, onLink } from "../testing/parse.ts";
import { hostNetwork } from "./host-network.ts";

function podOf(pod: TestNamespace, more: Partial<PodVethSpec> = {}): PodVethSpec {
  return {
    hostName: "web-4f2a91",
    netnsPath: pod.path,
    ifname: "eth0",
    mac: mac("0a:58:0a:0a:01:07"),
    mtu: 1450,
    addresses: [onLink("10.10.1.7/24"), onLink("fd10:1::7/64")],
    gateways: [
      { address: ip("10.10.1.1"), mac: mac("0a:00:00:00:00:01") },
      { address: ip("fd10:1::1") },
    ],
    ...more,
  };
}

/** As if an administrator had taken the sysctls away again. */
const loose = ["all", "web-4f2a91"].map((device) => `net.ipv4.conf.${device}.rp_filter=0`);

test("createPodVeth() readies the Pod's end, as ip sees it", () => {
  using node = testNamespace();
  using pod = testNamespace();

  const veth = hostNetwork({ netnsPath: node.path }).createPodVeth(podOf(pod));

  const [link] = pod.ip("link", "show", "eth0");
  assert.deepEqual(
    [link.mtu, link.address, link.operstate, link.ifindex],
    [1450, "0a:58:0a:0a:01:07", "UP", veth.podIndex],
  );
  assert.ok(pod.ip("link", "show", "lo")[0].flags.includes("UP"));
  assert.match(pod.run("ip", "-br", "address", "show", "eth0"), /10\.10\.1\.7\/24 fd10:1::7\/64/);
  assert.equal(pod.ip("route", "show", "default")[0].gateway, "10.10.1.1");
  assert.equal(pod.ip("-6", "route", "show", "default")[0].gateway, "fd10:1::1");
  assert.deepEqual(
    pod.ip("neigh", "show", "nud", "permanent").map((n) => [n.dst, n.lladdr]),
    [["10.10.1.1", "0a:00:00:00:00:01"]],
  );
});

test("createPodVeth() leaves the Node's end up, without addresses, and deaf", () => {
  using node = testNamespace();
  using pod = testNamespace();

  const veth = hostNetwork({ netnsPath: node.path }).createPodVeth(podOf(pod));

  const [link] = node.ip("link", "show", "web-4f2a91");
  assert.deepEqual(
    [link.mtu, link.operstate, link.ifindex, link.address],
    [1450, "UP", veth.hostIndex, veth.hostMac],
  );
  assert.deepEqual(node.ip("address", "show", "web-4f2a91")[0].addr_info, []);
  const sysctl = (path: string) => node.run("cat", `/proc/sys/net/${path}`).trim();
  assert.equal(sysctl("ipv4/conf/web-4f2a91/arp_ignore"), "1");
  assert.equal(sysctl("ipv4/conf/web-4f2a91/forwarding"), "0");
  assert.equal(sysctl("ipv6/conf/web-4f2a91/disable_ipv6"), "1");
});

test("createPodVeth() reaches a gateway outside the Pod's network", () => {
  using node = testNamespace();
  using pod = testNamespace();
  const spec = podOf(pod, {
    addresses: [onLink("10.10.1.7/32")],
    gateways: [{ address: ip("169.254.1.1") }],
  });

  hostNetwork({ netnsPath: node.path }).createPodVeth(spec);

  const [found] = pod.ip("route", "show", "default");
  assert.deepEqual([found.gateway, found.flags], ["169.254.1.1", ["onlink"]]);
});

test("createPodVeth() turns off checksum offload in the Pod when asked", () => {
  using node = testNamespace();
  using pod = testNamespace();
  const network = hostNetwork({ netnsPath: node.path });

  network.createPodVeth(podOf(pod, { offloads: { tx: false } }));

  assert.match(pod.run("ethtool", "-k", "eth0"), /^tx-checksumming: off$/m);
  assert.match(pod.run("ethtool", "-k", "eth0"), /tx-tcp-segmentation: off/);
  assert.equal(hostNetwork({ netnsPath: pod.path }).readOffload("eth0").tx, false);
  network.setOffload("web-4f2a91", { tx: false, gro: true });
  assert.match(node.run("ethtool", "-k", "web-4f2a91"), /^tx-checksumming: off$/m);
  assert.match(node.run("ethtool", "-k", "web-4f2a91"), /^generic-receive-offload: on$/m);
});

const protections = [
  { name: "by its sysctls", spec: {}, sysctls: [], echoes: 0 },
  { name: "by isolation alone", spec: { isIsolated: true }, sysctls: [loose], echoes: 0 },
  { name: "by nothing else (the test can fail)", spec: {}, sysctls: [loose], echoes: 1 },
] as const;

for (const { name, spec, sysctls, echoes } of protections)
  test(`createPodVeth() keeps frames sent to its host end from the Node: ${name}`, async () => {
    using node = testNamespace();
    using pod = testNamespace();
    node.run("ip", "link", "add", "gw0", "type", "veth", "peer", "name", "gw1");
    for (const device of ["lo", "gw0", "gw1"]) node.run("ip", "link", "set", device, "up");
    node.run("ip", "address", "add", "10.10.1.1/24", "dev", "gw0");
    node.run("ip", "address", "add", "192.0.2.1/32", "dev", "lo");
    const network = hostNetwork({ netnsPath: node.path });
    const { hostMac } = network.createPodVeth(podOf(pod, spec));
    for (const setting of sysctls) for (const one of setting) node.run("sysctl", "-w", one);
    pod.run("ip", "neigh", "replace", "10.10.1.1", "lladdr", hostMac ?? "", "dev", "eth0");

    await hostNetwork({ netnsPath: pod.path }).icmpEcho(
      { destination: ip("192.0.2.1"), timeoutMs: 300 },
      { signal: AbortSignal.timeout(60_000) },
    );

    assert.equal(echoesIn(node), echoes);
  });

test("isolatedDevices() misses a device that somebody let into the stack, isolateDevice() hides it again, showDevice() ends it", () => {
  using node = testNamespace();
  using pod = testNamespace();
  const network = hostNetwork({ netnsPath: node.path });
  assert.deepEqual([...network.isolatedDevices()], []);
  const { hostName } = network.createPodVeth(podOf(pod, { isIsolated: true }));
  assert.deepEqual([...network.isolatedDevices()], [hostName]);
  const before = node.run("nft", "list", "ruleset");
  node.run("nft", "flush", "ruleset");
  assert.deepEqual([...network.isolatedDevices()], []);
  network.isolateDevice(hostName);
  assert.equal(node.run("nft", "list", "ruleset"), before);
  network.showDevice(hostName);
  assert.deepEqual([...network.isolatedDevices()], []);
  network.showDevice(hostName);
});

test("createPodVeth() leaves nothing behind when the Pod has that interface already", () => {
  using node = testNamespace();
  using pod = testNamespace();
  pod.run("ip", "link", "add", "eth0", "type", "bridge");

  assert.throws(
    () => hostNetwork({ netnsPath: node.path }).createPodVeth(podOf(pod, { isIsolated: true })),
    (error) => isErrno(error, "EEXIST"),
  );
  assert.deepEqual(devicesOf(node), ["lo"]);
});

test("createPodVeth() gives IPv6 to a Pod whose runtime has turned it off, and its routes come from nobody else", () => {
  using node = testNamespace();
  using pod = testNamespace();
  pod.run("sysctl", "-w", "net.ipv6.conf.default.disable_ipv6=1");

  hostNetwork({ netnsPath: node.path }).createPodVeth(podOf(pod));
  assert.match(pod.run("ip", "-6", "-br", "address", "show", "eth0"), /fd10:1::7\/64/);
  assert.equal(pod.run("sysctl", "-n", "net.ipv6.conf.eth0.accept_ra").trim(), "0");
});

test("createPodVeth() takes everything back when its last steps fail", () => {
  using node = testNamespace();
  using pod = testNamespace();
  const home = readlinkSync("/proc/thread-self/ns/net");
  const addresses = [onLink("10.10.1.7/24"), onLink("ff02::7/64")];

  assert.throws(
    () =>
      hostNetwork({ netnsPath: node.path }).createPodVeth(
        podOf(pod, { isIsolated: true, addresses }),
      ),
    /The kernel refused address ff02::7\/64 dev eth0: EADDRNOTAVAIL/,
  );
  assert.deepEqual([devicesOf(node), devicesOf(pod)], [["lo"], ["lo"]]);
  assert.doesNotMatch(node.run("nft", "list", "ruleset"), /web-4f2a91/);
  assert.equal(readlinkSync("/proc/thread-self/ns/net"), home);
});

test("createPodVeth() says so when the Pod's namespace is gone", () => {
  using node = testNamespace();
  const gone = { ...podOf(node), netnsPath: "/run/netns/antlx-gone" };

  assert.throws(
    () => hostNetwork({ netnsPath: node.path }).createPodVeth(gone),
    (error) => error instanceof HostError && error.problem.code === "no-namespace",
  );
  assert.deepEqual(devicesOf(node), ["lo"]);
});

test("createPodVeth() marks the Node's end as ours from its birth", async () => {
  using node = testNamespace();
  using pod = testNamespace();
  const network = hostNetwork({ netnsPath: node.path });
  network.createPodVeth(podOf(pod));

  const { links } = await network.observe();

  assert.equal(links.get("web-4f2a91")?.group, podLinkGroup);
  assert.equal(links.get("lo")?.group, undefined);
});

test("deletePodVeths() gives those that were there, and leaves nothing of them", async () => {
  using node = testNamespace();
  using pod = testNamespace();
  const network = hostNetwork({ netnsPath: node.path });
  network.createPodVeth(podOf(pod, { isIsolated: true }));

  assert.deepEqual(await network.deletePodVeths(["web-4f2a91", "never"]), ["web-4f2a91"]);
  assert.deepEqual(await network.deletePodVeths(["web-4f2a91"]), []);
  assert.deepEqual([devicesOf(node), devicesOf(pod)], [["lo"], ["lo"]]);
  assert.doesNotMatch(node.run("nft", "list", "ruleset"), /web-4f2a91/);
});

test("deletePodVeths() deletes many at once, also those whose namespace went first, and no other link", async () => {
  using node = testNamespace();
  using pod = testNamespace();
  const network = hostNetwork({ netnsPath: node.path });
  const named = (name: string) => podOf(pod, { hostName: name, ifname: name, isIsolated: true });
  const names = Array.from({ length: 20 }, (_, i) => `web-${i}`);
  for (const name of [...names, "stays"]) network.createPodVeth(named(name));
  {
    using gone = testNamespace();
    network.createPodVeth(podOf(gone, { hostName: "gone", isIsolated: true }));
  }

  const deleted = await network.deletePodVeths(["gone", ...names]);

  assert.deepEqual(deleted.filter((name) => name !== "gone").sort(), [...names].sort());
  assert.deepEqual(devicesOf(node), ["lo", "stays"]);
  assert.deepEqual([...network.isolatedDevices()], ["stays"]);
});

test("bearPodVeth() makes both ends, the Node's up before a switch looks at it; readyPodVeth() brings up the Pod's", () => {
  using node = testNamespace();
  using pod = testNamespace();
  const network = hostNetwork({ netnsPath: node.path });
  const isUp = (ns: TestNamespace, name: string): boolean =>
    ns.ip("link", "show", name)[0].flags.includes("UP");

  network.bearPodVeth(podOf(pod));
  assert.deepEqual([isUp(node, "web-4f2a91"), isUp(pod, "eth0")], [true, false]);
  network.readyPodVeth(podOf(pod));
  assert.deepEqual([isUp(node, "web-4f2a91"), isUp(pod, "eth0")], [true, true]);
});

test("bringUp() tells that both ends can send once they were readied, and sets one up that is down", async () => {
  using node = testNamespace();
  using pod = testNamespace();
  const network = hostNetwork({ netnsPath: node.path });
  network.bearPodVeth(podOf(pod));
  assert.equal(network.bringUp("web-4f2a91"), false);

  network.readyPodVeth(podOf(pod));

  assert.ok(hostNetwork({ netnsPath: pod.path }).bringUp("eth0"), "the end that came up last");
  while (!network.bringUp("web-4f2a91")) await setTimeout(1);
  node.run("ip", "link", "set", "web-4f2a91", "down");
  assert.equal(network.bringUp("web-4f2a91"), false, "it was down");
  while (!network.bringUp("web-4f2a91")) await setTimeout(1);
  assert.throws(() => network.bringUp("gone"), /gone/);
});

test("createPodVeth() works again after a Pod's namespace went away without a deletion", async () => {
  using node = testNamespace();
  const network = hostNetwork({ netnsPath: node.path });
  {
    using pod = testNamespace();
    network.createPodVeth(podOf(pod, { isIsolated: true }));
  }
  using pod = testNamespace();
  await network.deletePodVeths(["web-4f2a91"]);

  const veth = network.createPodVeth(podOf(pod, { isIsolated: true }));

  assert.equal(node.ip("link", "show", "web-4f2a91")[0].ifindex, veth.hostIndex);
});

test("observe() of a Pod's namespace tells all that CNI CHECK asks", async () => {
  using node = testNamespace();
  using pod = testNamespace();
  hostNetwork({ netnsPath: node.path }).createPodVeth(podOf(pod));

  const { links, addresses, routes } = await hostNetwork({ netnsPath: pod.path }).observe();

  assert.equal(links.get("eth0")?.mac, "0a:58:0a:0a:01:07");
  assert.ok(addresses.has("eth0 10.10.1.7/24"));
  assert.equal(routes.get("254 0.0.0.0/0 metric 0")?.via, "10.10.1.1");
});

function devicesOf(ns: TestNamespace): readonly string[] {
  return ns.ip("link", "show").map((link) => link.ifname);
}

/** ICMP echo requests that the namespace's stack has taken in. */
function echoesIn(ns: TestNamespace): number {
  const [names = "", values = ""] = ns
    .run("cat", "/proc/net/snmp")
    .split("\n")
    .filter((line) => line.startsWith("Icmp:"));
  return Number(values.split(" ")[names.split(" ").indexOf("InEchos")]);
}
