import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { SwitchConnection } from "../session/connection.ts";
import { connectInTest } from "./connect-in-test.ts";
import { type Ovs, startOvs } from "./start-ovs.ts";

export interface TestSwitch {
  ovs(): Ovs;
  connection(): SwitchConnection;
}

/** The bridge br0 with ports p1 and p2 for all tests of a file, and a connection to it, from the first test on. */
export function switchForFile(): TestSwitch {
  let ovs: Ovs | undefined;
  let connection: SwitchConnection | undefined;
  before(async () => {
    ovs = await startOvs();
    await ovs.addBridge("br0", ["p1", "p2"]);
    connection = await connectInTest(ovs.mgmtSocket("br0"));
  });
  after(async () => {
    await connection?.close();
    await ovs?.stop();
  });
  return {
    ovs: () => ovs ?? assert.fail("it is there once tests run"),
    connection: () => connection ?? assert.fail("it is there once tests run"),
  };
}
