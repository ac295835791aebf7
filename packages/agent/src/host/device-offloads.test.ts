import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAgentConfig } from "@antrea/api";
import { deviceOffloads, podOffloads } from "./device-offloads.ts";

type Facts = Parameters<typeof deviceOffloads>[0];

/** A Node with the userspace datapath, whose uplink the bridge shares. */
function node(more: Partial<Omit<Facts, "config">> = {}, userspaceTSO = false): Facts {
  const read = parseAgentConfig("", "antrea-agent.conf", { allowNoEncapWithoutAntreaProxy: true });
  assert.equal(read.kind, "accepted");
  return {
    config: { ...read.config, userspaceTSO },
    datapathType: "netdev",
    disableTxChecksum: !userspaceTSO,
    isUplinkShared: true,
    ...more,
  };
}

test("deviceOffloads() has senders finish checksums, and no frame of the uplink joined", () => {
  assert.deepEqual(deviceOffloads(node(), ["eth0"]), {
    "antrea-gw0": { tx: false },
    eth0: { tx: false, gro: false },
  });
});

test("deviceOffloads() has the uplink join and cut segments with userspaceTSO", () => {
  assert.deepEqual(deviceOffloads(node({}, true), ["eth0"]), {
    eth0: { tx: true, gro: true },
  });
});

test("deviceOffloads() keeps checksums in software with userspaceTSO where that is asked for", () => {
  const asked = node({ disableTxChecksum: true }, true);
  assert.deepEqual(deviceOffloads(asked, ["eth0"]), {
    "antrea-gw0": { tx: false },
    eth0: { tx: false, gro: true },
  });
});

test("deviceOffloads() gives the kernel's own uplink back what the bridge took from it", () => {
  assert.deepEqual(deviceOffloads(node({ isUplinkShared: false }), ["eth0"]), {
    "antrea-gw0": { tx: false },
    eth0: { gro: true },
  });
});

test("deviceOffloads() leaves everything alone with the kernel's datapath", () => {
  const facts = {
    datapathType: "system",
    isUplinkShared: false,
    disableTxChecksum: false,
  } as const;
  assert.deepEqual(deviceOffloads(node(facts), ["eth0"]), {});
});

test("podOffloads() lets Pods join segments where the datapath hands over each by itself", () => {
  assert.deepEqual(podOffloads(node()), { pod: { tx: false, gro: true }, host: { tx: false } });
  assert.deepEqual(podOffloads(node({}, true)), { pod: {}, host: {} });
  assert.deepEqual(podOffloads(node({ datapathType: "system", disableTxChecksum: true })), {
    pod: { tx: false },
    host: {},
  });
});
