import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger as log } from "@antrea/base";
import { anyRow, mergePairs, mutate, openVSwitchTable } from "@antrea/ovsdb";
import type { OvsdbClient } from "@antrea/ovsdb/io";
import { fakeDatabase } from "@antrea/ovsdb/testing";
import { startedWithKey } from "../ovs/start-settings.ts";
import { settleStartSettings, startSettingsOf } from "./settle-start-settings.ts";

function database() {
  const { replica, transact } = fakeDatabase();
  let transactions = 0;
  const client = {
    replica,
    transact: async (operations: Parameters<typeof transact>[0]) => {
      transactions++;
      transact(operations);
      return [];
    },
  } as unknown as OvsdbClient;
  return {
    client,
    transactions: () => transactions,
    config: () => Object.fromEntries(replica.findOnly(openVSwitchTable)?.other_config ?? []),
    /** What antrea-ovs does once it has started ovs-vswitchd. */
    start(text: string) {
      const said = replica.findOnly(openVSwitchTable)?.external_ids ?? new Map<string, string>();
      const pairs = { [startedWithKey]: text };
      const mutations = mergePairs(openVSwitchTable, "external_ids", said, pairs);
      transact([mutate(openVSwitchTable, anyRow, mutations)]);
    },
  };
}

const tso = startSettingsOf({ userspaceTSO: true, ovs: { hwOffload: false } });
const none = startSettingsOf({ userspaceTSO: false, ovs: { hwOffload: false } });

test("settleStartSettings() writes nothing and waits for nothing if Open vSwitch runs so", async () => {
  const db = database();
  db.start("");
  await settleStartSettings(db.client, none, { log, signal: AbortSignal.timeout(5_000) });
  assert.equal(db.transactions(), 0);
});

test("settleStartSettings() writes the wish and waits until it was started with it", async () => {
  const db = database();
  db.start("");
  let isSettled = false;
  const settled = settleStartSettings(db.client, tso, {
    log,
    signal: AbortSignal.timeout(5_000),
  }).then(() => {
    isSettled = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(db.config(), { "userspace-tso-enable": "true" });
  assert.equal(isSettled, false);
  db.start("userspace-tso-enable=true");
  await settled;

  const back = settleStartSettings(db.client, none, { log, signal: AbortSignal.timeout(5_000) });
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(db.config(), {});
  db.start("");
  await back;
});

test("settleStartSettings() says where to look when Open vSwitch does not start so in time", async () => {
  const db = database();
  const wait = { log, signal: AbortSignal.timeout(1) };
  await assert.rejects(settleStartSettings(db.client, none, wait), {
    message:
      'Open vSwitch of this Node was not started with "" in time. Look at its Pod: kubectl -n kube-system get pods -l component=antrea-ovs -o wide',
  });
});
