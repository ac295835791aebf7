import assert from "node:assert/strict";
import { test } from "node:test";
import { bridgeTable, planBridge, portTable } from "@antrea/ovsdb";
import { fakeDatabase } from "@antrea/ovsdb/testing";
import { podPortsToKeep } from "./bridge-setup.ts";
import { isOurs, ourBridge } from "./desired-bridge.ts";

const pod = {
  externalIds: {
    "antrea-type": "container",
    "attached-mac": "0a:00:00:00:00:05",
    "container-id": "c1",
    "ip-address": "10.244.1.2",
  },
  ofPortRequest: 1,
};

test("podPortsToKeep() brings Pods along from a bridge that was configured under another name", () => {
  const database = fakeDatabase();
  const make = (name: string, ports: Parameters<typeof planBridge>[1]["ports"]) =>
    database.transact(
      planBridge(database.replica, {
        bridge: { name, externalIds: { [ourBridge]: "true" } },
        ports,
        owns: isOurs,
      }),
    );
  make("br-int", new Map([["cart-0-1234ab", pod]]));
  const kept = podPortsToKeep(database.replica);
  assert.deepEqual([...kept], [["cart-0-1234ab", pod]]);
  make("br-other", kept);
  const portCount = (name: string) =>
    database.replica.findBy(bridgeTable, "name", name)?.ports.size;
  assert.deepEqual([portCount("br-int"), portCount("br-other")], [1, 2]);
});

test("podPortsToKeep() keeps a port whose Pod is gone: it is the only record of an address to be cleared", () => {
  const database = fakeDatabase();
  const make = (ports: Parameters<typeof planBridge>[1]["ports"]) =>
    database.transact(
      planBridge(database.replica, {
        bridge: { name: "br-int", externalIds: { [ourBridge]: "true" } },
        ports,
        owns: isOurs,
      }),
    );
  const retired = { ...pod, externalIds: { ...pod.externalIds, "antrea-type": "retired" } };
  make(
    new Map([
      ["cart-0-1234ab", pod],
      ["gone-0-1234ab", retired],
    ]),
  );
  const kept = podPortsToKeep(database.replica);
  assert.deepEqual([...kept.keys()], ["cart-0-1234ab", "gone-0-1234ab"]);
  make(kept);
  assert.ok(database.replica.findBy(portTable, "name", "gone-0-1234ab"));
});
