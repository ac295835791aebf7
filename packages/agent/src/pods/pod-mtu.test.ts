import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "@antrea/base";
import { manualClock } from "@antrea/base/testing";
import { parseMac } from "@antrea/net";
import type { PodInterface } from "./interface-store.ts";
import { type PodSizes, podMtus } from "./pod-mtu.ts";

const sizesOf = (mtu: number): PodSizes => ({
  mtu: { link: mtu, direct: mtu, far: mtu },
  directPodCidrs: undefined,
});

function podOf(podName: string): PodInterface {
  return {
    hostName: podName,
    containerId: podName,
    ifname: "eth0",
    netns: `/var/run/netns/${podName}`,
    network: "antrea",
    podNamespace: "shop",
    podName,
    mac: parseMac("0a:00:00:00:00:01") ?? assert.fail(),
    addresses: [],
  };
}

test("podMtus() tells nobody's edit when other sizes come into force while it looks", async () => {
  const names = ["a", "b", "c"];
  const has = new Map(names.map((name) => [name, 1450]));
  let inForce = sizesOf(1450);
  let onLook = (_name: string): void => {};
  const room = podMtus({
    pods: () => names.map(podOf),
    fit({ podName }) {
      const isFitting = has.get(podName) === inForce.mtu.link;
      has.set(podName, inForce.mtu.link);
      onLook(podName);
      return isFitting ? 0 : 1;
    },
    sizes: () => inForce,
    clock: manualClock(),
    log: silentLogger,
  });
  await room.settle();
  onLook = (name) => {
    if (name === "a") inForce = sizesOf(1500);
  };
  assert.deepEqual(await room.resync(), []);
  onLook = () => {};
  assert.deepEqual(await room.resync(), []);
  assert.deepEqual([...has.values()], [1500, 1500, 1500]);
  has.set("b", 1400);
  assert.deepEqual(await room.resync(), ["~ MTU of shop/b"]);
});
