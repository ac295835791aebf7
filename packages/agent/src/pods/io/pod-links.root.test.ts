import assert from "node:assert/strict";
import { test } from "node:test";
import { hostNetwork } from "@antrea/linux/io";
import { testNamespace } from "@antrea/linux/testing";
import { parseIp, parseMac } from "@antrea/net";
import type { PodLinkWish } from "../pod-network.ts";
import { podLinks } from "./pod-links.ts";

/** A Pod's link as an agent wants it, in this namespace. */
function wishFor(netns: string): PodLinkWish {
  const [mac, address] = [parseMac("0a:58:0a:0a:01:07"), parseIp("10.10.1.7")];
  assert.ok(mac && address);
  return {
    ...{ hostName: "web-4f2a91", netns, ifname: "eth0", mac },
    ...{ mtu: { link: 1450, direct: 1450, far: 1450 }, directPodCidrs: [] },
    ...{ addresses: [{ address, prefixLength: 24 }], gateways: [] },
    offloads: { pod: {}, host: {} },
  };
}

test("podLinks().hostEnds() names a link that went with its namespace while no agent was there, and remove() ends its isolation", async () => {
  using node = testNamespace();
  using pod = testNamespace();
  const host = hostNetwork({ netnsPath: node.path });
  const links = podLinks(host, { isIsolated: true });
  const wish = wishFor(pod.path);
  await links.bear(wish);
  await links.ready(wish);
  await links.untilSending(wish);
  assert.deepEqual((await links.hostEnds()).ours, ["web-4f2a91"]);

  node.run("ip", "link", "del", "web-4f2a91");
  const kept = [...host.isolatedDevices()]; // kernels before 6.16 forget it with the device
  assert.deepEqual((await links.hostEnds()).ours, kept);
  await links.remove(kept);
  assert.deepEqual([...host.isolatedDevices()], []);
  assert.deepEqual((await links.hostEnds()).ours, []);
});

test("podLinks().untilSending() has both ends send where a switch that opened the Node's set it down", async () => {
  using node = testNamespace();
  using pod = testNamespace();
  const links = podLinks(hostNetwork({ netnsPath: node.path }), { isIsolated: false });
  const wish = wishFor(pod.path);
  await links.bear(wish);
  node.run("ip", "link", "set", wish.hostName, "down");
  await links.ready(wish);
  await links.untilSending(wish);
  const operstate = (at: string, name: string) =>
    (at === "node" ? node : pod).ip("link", "show", name)[0].operstate;
  assert.deepEqual([operstate("node", wish.hostName), operstate("pod", "eth0")], ["UP", "UP"]);
});

test("podLinks().fitOffloads() turns both ends of a Pod of the kernel's datapath to what the userspace datapath asks for, once", async () => {
  using node = testNamespace();
  using pod = testNamespace();
  const host = hostNetwork({ netnsPath: node.path });
  const links = podLinks(host, { isIsolated: false });
  const wish = wishFor(pod.path);
  await links.bear(wish);
  await links.ready(wish);
  await links.untilSending(wish);
  const tx = () => [
    hostNetwork({ netnsPath: pod.path }).readOffload("eth0").tx,
    host.readOffload("web-4f2a91").tx,
  ];
  assert.deepEqual(tx(), [true, true]);
  assert.equal(await links.fitOffloads(wish), false, "nothing is asked for");
  const userspace = { ...wish, offloads: { pod: { tx: false, gro: true }, host: { tx: false } } };
  const other = parseMac("0a:58:0a:0a:01:08");
  assert.ok(other);
  assert.equal(await links.fitOffloads({ ...userspace, mac: other }), false, "another's link");
  assert.deepEqual(tx(), [true, true]);
  assert.equal(await links.fitOffloads(userspace), true);
  assert.deepEqual(tx(), [false, false]);
  assert.equal(await links.fitOffloads(userspace), false);
});
