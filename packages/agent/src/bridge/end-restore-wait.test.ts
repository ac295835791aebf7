import assert from "node:assert/strict";
import { test } from "node:test";
import { anyRow, mergePairs, mutate, openVSwitchTable } from "@antrea/ovsdb";
import { fakeDatabase } from "@antrea/ovsdb/testing";
import { restoreWaitKey } from "../ovs/settings.ts";
import { endRestoreWait } from "./end-restore-wait.ts";

test("endRestoreWait() takes the wait back, alone, and writes nothing where there is none", async () => {
  const { replica, transact } = fakeDatabase();
  const wish = { [restoreWaitKey]: "true", "hw-offload": "true" };
  const mutations = mergePairs(openVSwitchTable, "other_config", new Map(), wish);
  transact([mutate(openVSwitchTable, anyRow, mutations)]);
  let transactions = 0;
  const client = {
    replica,
    transact: async (operations: Parameters<typeof transact>[0]) => {
      transactions++;
      transact(operations);
      return [];
    },
  };
  const signal = AbortSignal.timeout(5_000);
  await endRestoreWait(client, { signal });
  const config = replica.findOnly(openVSwitchTable)?.other_config;
  assert.deepEqual(Object.fromEntries(config ?? []), { "hw-offload": "true" });

  await endRestoreWait(client, { signal });
  assert.equal(transactions, 1);
});
