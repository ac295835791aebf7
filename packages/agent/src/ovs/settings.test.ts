import assert from "node:assert/strict";
import { test } from "node:test";
import { openVSwitchTable, planBridge } from "@antrea/ovsdb";
import { fakeDatabase } from "@antrea/ovsdb/testing";
import { planRootSettings, restoreWaitKey, rootSettings } from "./settings.ts";

type Options = Parameters<typeof rootSettings>[0];

const options = (more: Partial<Options> = {}): Options => ({
  hostname: "node-1",
  systemId: undefined,
  otherConfig: [],
  ...more,
});
const facts = {
  ovsVersion: "3.1.0",
  schemaVersion: "8.3.1",
  systemType: "debian",
  systemVersion: "12",
  newSystemId: "made-up",
};

function applied(db: ReturnType<typeof fakeDatabase>, more: Partial<Options> = {}) {
  const settings = rootSettings(options(more), facts, db.replica);
  db.transact(planRootSettings(db.replica, settings));
  return db.replica.findOnly(openVSwitchTable);
}

test("planRootSettings() writes versions, identity and flags, and nothing the second time", () => {
  const db = fakeDatabase();
  const row = applied(db, { otherConfig: [["max-idle", "20000"]] });
  assert.equal(row?.ovs_version, "3.1.0");
  assert.equal(row?.db_version, "8.3.1");
  assert.deepEqual(Object.fromEntries(row?.external_ids ?? []), {
    "system-id": "made-up",
    hostname: "node-1",
  });
  assert.deepEqual(Object.fromEntries(row?.other_config ?? []), {
    "max-idle": "20000",
  });

  const again = rootSettings(options({ otherConfig: [["max-idle", "20000"]] }), facts, db.replica);
  assert.deepEqual(planRootSettings(db.replica, again), []);
});

test("rootSettings() has the kernel's flows kept over a start where a bridge of before has any", () => {
  const waits = (datapathType?: "system" | "netdev"): string | undefined => {
    const db = fakeDatabase();
    applied(db);
    const bridge = { name: "br-int", ...(datapathType && { datapathType }) };
    db.transact(planBridge(db.replica, { bridge, ports: new Map(), owns: () => false }));
    return applied(db)?.other_config.get(restoreWaitKey);
  };
  assert.equal(waits("system"), "true");
  assert.equal(waits(), "true");
  assert.equal(waits("netdev"), undefined);
});

test("planRootSettings() takes back its own settings and leaves what others wrote", () => {
  const db = fakeDatabase();
  applied(db, {
    otherConfig: [
      ["theirs", "1"],
      [restoreWaitKey, "true"],
    ],
  });
  const row = applied(db);
  assert.deepEqual(row?.other_config, new Map([["theirs", "1"]]));
});

test("rootSettings() keeps the identity that the database has, unless one is given", () => {
  const db = fakeDatabase();
  applied(db, { systemId: "given" });
  assert.equal(applied(db)?.external_ids.get("system-id"), "given");
  assert.equal(applied(db, { systemId: "other" })?.external_ids.get("system-id"), "other");
});
