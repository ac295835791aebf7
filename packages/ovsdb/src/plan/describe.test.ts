import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeDatabase } from "../testing/fake-database.ts";
import { describeOperations } from "./describe.ts";
import type { DesiredPort } from "./desired.ts";
import { planBridge } from "./plan-bridge.ts";

test("describeOperations() says what a transaction does to the bridge, port by port", () => {
  const db = fakeDatabase();
  const ours: DesiredPort = { externalIds: { "antrea-type": "tunnel" } };
  const told = (ports: Readonly<Record<string, DesiredPort>>, failMode?: "secure") => {
    const operations = planBridge(db.replica, {
      bridge: { name: "br-int", ...(failMode ? { failMode } : {}) },
      ports: new Map(Object.entries(ports)),
      owns: ({ external_ids }) => external_ids.has("antrea-type"),
    });
    const lines = describeOperations(db.replica, operations);
    db.transact(operations);
    return lines;
  };

  assert.deepEqual(told({ a: ours, b: ours }), [
    "+ Port br-int",
    "+ Port a",
    "+ Port b",
    "+ Bridge br-int",
  ]);
  assert.deepEqual(told({ a: ours, b: ours }), []);
  assert.deepEqual(told({ a: { ...ours, mtuRequest: 1400 } }, "secure"), [
    "~ Interface a mtu_request",
    "~ Bridge br-int fail_mode",
    "- Port b",
  ]);
});
