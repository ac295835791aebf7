import assert from "node:assert/strict";
import { setPriority } from "node:os";
import { test } from "node:test";
import { silentLogger } from "@antrea/base";
import { systemClock as clock } from "@antrea/base/io";
import { enlargePacketBuffers, hostNetwork } from "@antrea/linux/io";
import type { HostNetwork } from "@antrea/linux";
import { steadyTraffic, type TestNamespace, testNamespace, total } from "@antrea/linux/testing";
import {
  type Cidr,
  type MacAddress,
  parseCidr,
  parseInterfaceAddress,
  parseIp,
  parseMac,
} from "@antrea/net";
import { type Ovs, startOvs } from "@antrea/openflow/testing";
import { type PodMtu, podMtuOf } from "@antrea/pipeline";
import { parsePodPort, podExternalIds, type PodInterface } from "./interface-store.ts";
import { podLinks } from "./io/pod-links.ts";
import { podMtus, type PodSizes } from "./pod-mtu.ts";
import type { PodLinkWish } from "./pod-network.ts";

const bridge = "antmtu-br";
const parsed = <T>(value: T | undefined): T => value ?? assert.fail("not parsed");

const evenly = (mtu: number): PodMtu => ({ link: mtu, direct: mtu, far: mtu });

/** A Pod of a test on a bridge that switches. */
interface TestPod {
  readonly ns: TestNamespace;
  readonly pod: PodInterface;
  wish(sizes: PodSizes): PodLinkWish;
}

async function connectPod(
  ovs: Ovs,
  host: HostNetwork,
  { ns, number, sizes }: { ns: TestNamespace; number: number; sizes: PodSizes },
): Promise<TestPod> {
  const mac = parsed<MacAddress>(parseMac(`0a:00:00:00:00:0${number}`));
  const addresses = [`10.99.0.${number}/24`, `fd99::${number}/64`].map((text) =>
    parsed(parseInterfaceAddress(text)),
  );
  const hostName = `antmtu-${number}`;
  const wish = (sizes: PodSizes): PodLinkWish => ({
    ...sizes,
    hostName,
    netns: ns.path,
    ifname: "eth0",
    mac,
    addresses,
    gateways: [parsed(parseIp("10.99.0.99")), parsed(parseIp("fd99::99"))],
    offloads: { pod: { tx: false }, host: {} },
  });
  const links = podLinks(host, { isIsolated: true });
  await links.bear(wish(sizes));
  await ovs.vsctl("add-port", bridge, hostName);
  await links.ready(wish(sizes));
  await links.untilSending(wish(sizes));
  const ids = {
    ...{ containerId: hostName, ifname: "eth0", netns: ns.path, network: "antrea", mac },
    ...{ podNamespace: "shop", podName: `pod-${number}` },
    addresses: addresses.map(({ address }) => address),
  };
  const pod = parsePodPort({ name: hostName, externalIds: podExternalIds(ids), ofport: number });
  return { ns, wish, pod: parsed(pod) };
}

/** Two Pods on one bridge of the userspace datapath, gone when disposed of. */
async function twoPods(mtu: PodMtu) {
  const sizes: PodSizes = { mtu, directPodCidrs: [] };
  const stack = new AsyncDisposableStack();
  const namespaces = [stack.use(testNamespace()), stack.use(testNamespace())];
  const ovs = await startOvs({ datapath: "netdev" });
  stack.defer(() => ovs.stop());
  const host = hostNetwork();
  stack.defer(() => host.deletePodVeths(["antmtu-1", "antmtu-2"]).then(() => {}));
  await ovs.vsctl("add-br", bridge, "--", "set", "bridge", bridge, "datapath_type=netdev");
  stack.defer(() => ovs.vsctl("del-br", bridge).then(() => {}));
  const pods: TestPod[] = [];
  for (const [i, ns] of namespaces.entries())
    pods.push(await connectPod(ovs, host, { ns, number: i + 1, sizes }));
  // as the agent's Open vSwitch has them: what is lost is not lost for want of processor time
  setPriority(parsed(ovs.pid), -20);
  enlargePacketBuffers({
    pid: parsed(ovs.pid),
    receiveBytes: 4 << 20,
    sendBytes: 32 << 20,
    done: new Set(),
  });
  const [first, second] = pods;
  assert.ok(first && second);
  // each of the two is a Node of its own, which follows when it hears of a step
  const roomOf = ({ pod, wish }: TestPod) => {
    let now = sizes;
    const links = podLinks(host, { isIsolated: true });
    const room = podMtus({
      pods: () => [pod],
      fit: () => links.fitMtu(wish(now)),
      sizes: () => now,
      clock,
      log: silentLogger,
    });
    return {
      resync: room.resync,
      settle(mtu: PodMtu, directPodCidrs: readonly Cidr[] = []) {
        now = { mtu, directPodCidrs };
        return room.settle();
      },
    };
  };
  const rooms = pods.map(roomOf);
  return { first, second, rooms, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** What the kernel says of a Pod: its link, and each of its routes. */
function seen({ ns }: TestPod) {
  const routes = [...ns.ip("route", "show"), ...ns.ip("-6", "route", "show")]
    .filter(({ dst }) => dst !== "fe80::/64" && dst !== "ff00::/8")
    .map(({ dst, metrics = [] }) => [dst, metrics.find((m: object) => "mtu" in m)?.mtu]);
  return { mtu: ns.ip("link", "show", "eth0")[0].mtu, routes: Object.fromEntries(routes) };
}

const networks = ["default", "10.99.0.0/24", "fd99::/64"];
const routesWith = (mtu: number | undefined) =>
  Object.fromEntries(networks.map((network) => [network, mtu]));

test("podMtus() brings running Pods from one MTU to another and back, without a datagram lost or a stream that ends", async () => {
  await using node = await twoPods(evenly(1450));
  const { first, second, rooms } = node;
  await using traffic = await steadyTraffic({
    from: first.ns.path,
    to: second.ns.path,
    addresses: ["10.99.0.2", "fd99::2"],
    bytes: 1500,
    rate: 1000,
  });
  await traffic.untilMore();
  const [low, high] = [1450, 1500].map((mtu) => ({ direct: mtu, far: mtu }));
  assert.ok(low && high);
  const upAndDown = [[low, high], [high], [low, high], [low]];
  for (const accepted of [...upAndDown, ...upAndDown]) {
    const wanted = podMtuOf(accepted);
    rooms.reverse(); // either may hear of it first
    for (const room of rooms) {
      await room.settle(wanted);
      await traffic.untilMore();
    }
    const { link, far } = wanted;
    const routes = routesWith(far < link ? far : undefined);
    for (const pod of [first, second]) assert.deepEqual(seen(pod), { mtu: link, routes });
  }

  const { sent, received } = await traffic.stop();
  assert.equal(total(received.datagrams), total(sent.datagrams), "every datagram has come");
});

test("podMtus() would lose datagrams if a link were lowered before the routes (the test above can fail)", async () => {
  await using node = await twoPods(evenly(1500));
  const { first, second, rooms } = node;
  await using traffic = await steadyTraffic({
    from: first.ns.path,
    to: second.ns.path,
    addresses: ["10.99.0.2"],
    bytes: 1500,
    rate: 1000,
  });
  await traffic.untilMore();
  await rooms[1]?.settle(evenly(1450));
  await traffic.untilSent();
  const { sent, received } = await traffic.stop();
  assert.ok(total(received.datagrams) < total(sent.datagrams));
});

test("podMtus() puts right what somebody changed in a Pod, and tells it; a Pod out of reach is passed over", async () => {
  await using node = await twoPods({ link: 1500, direct: 1450, far: 1450 });
  const { first, rooms } = node;
  const [room] = rooms;
  assert.ok(room);
  await room.settle({ link: 1500, direct: 1450, far: 1450 });
  assert.deepEqual(await room.resync(), []);
  const before = seen(first);
  first.ns.run("ip", "link", "set", "eth0", "mtu", "1400");
  first.ns.run(
    "ip",
    "route",
    "change",
    "default",
    "via",
    "10.99.0.99",
    "mtu",
    "1300",
    "initcwnd",
    "20",
  );
  first.ns.run("ip", "route", "add", "198.51.100.0/24", "via", "10.99.0.99", "mtu", "1200");
  assert.deepEqual(await room.resync(), ["~ MTU of shop/pod-1"]);
  const { routes, mtu } = seen(first);
  assert.deepEqual(
    { mtu, routes },
    { ...before, routes: { ...before.routes, "198.51.100.0/24": 1200 } },
  );
  assert.match(first.ns.run("ip", "route", "show", "default"), /initcwnd 20/);
  first.ns.run("ip", "link", "set", "eth0", "down");
  first.ns.run("ip", "link", "set", "eth0", "name", "mine");
  assert.deepEqual(await room.resync(), []);
});

test("podMtus() gives Pods a route for each network that larger packets reach, and takes it back", async () => {
  const perPeer = { link: 1500, direct: 1500, far: 1450 };
  await using node = await twoPods(perPeer);
  const { first, rooms } = node;
  const [room] = rooms;
  const near = ["10.99.7.0/24", "fd99:7::/64"].map((text) => parsed(parseCidr(text)));
  const far = { default: 1450, "10.99.0.0/24": undefined, "fd99::/64": undefined };
  await room?.settle(perPeer, near);
  assert.deepEqual(seen(first).routes, {
    ...far,
    "10.99.7.0/24": undefined,
    "fd99:7::/64": undefined,
  });
  await room?.settle(perPeer, near.slice(1));
  assert.deepEqual(seen(first).routes, { ...far, "fd99:7::/64": undefined });
  await room?.settle(evenly(1500), near);
  assert.deepEqual(seen(first).routes, { ...far, default: undefined });
});
