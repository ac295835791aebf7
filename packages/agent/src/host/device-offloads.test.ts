import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAgentConfig } from "@antrea/api";
import { deviceOffloads } from "./device-offloads.ts";

function node(more: { isUplinkShared: boolean; userspaceTSO?: boolean; isDisabled?: boolean }) {
  const { isUplinkShared, userspaceTSO = false, isDisabled = !userspaceTSO } = more;
  const read = parseAgentConfig("", "antrea-agent.conf", { allowNoEncapWithoutAntreaProxy: true });
  assert.equal(read.kind, "accepted");
  return {
    config: { ...read.config, userspaceTSO },
    disableTxChecksum: isDisabled,
    isUplinkShared,
    transport: { device: "eth0" },
  };
}

test("deviceOffloads() has senders finish checksums, and no frame of the uplink joined", () => {
  assert.deepEqual(deviceOffloads(node({ isUplinkShared: true })), {
    "antrea-gw0": { tx: false },
    eth0: { tx: false, gro: false },
  });
});

test("deviceOffloads() has the uplink join and cut segments with userspaceTSO", () => {
  assert.deepEqual(deviceOffloads(node({ isUplinkShared: true, userspaceTSO: true })), {
    eth0: { tx: true, gro: true },
  });
});

test("deviceOffloads() keeps checksums in software with userspaceTSO where that is asked for", () => {
  const asked = node({ isUplinkShared: true, userspaceTSO: true, isDisabled: true });
  assert.deepEqual(deviceOffloads(asked), {
    "antrea-gw0": { tx: false },
    eth0: { tx: false, gro: true },
  });
});

test("deviceOffloads() leaves an uplink alone that is the kernel's", () => {
  assert.deepEqual(deviceOffloads(node({ isUplinkShared: false })), {
    "antrea-gw0": { tx: false },
  });
});
