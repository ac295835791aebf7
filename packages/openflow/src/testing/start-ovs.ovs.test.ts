import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { startOvs } from "./start-ovs.ts";

test("startOvs() gives a bridge that ovs-ofctl can speak to, and stop() leaves nothing", async () => {
  const ovs = await startOvs();
  await ovs.addBridge("br0", ["p1", "p2"]);
  const ports = await ovs.ofctl("dump-ports-desc", `unix:${ovs.mgmtSocket("br0")}`);
  assert.match(ports, /1\(p1\)/);
  await ovs.stop();
  await ovs.stop();
  assert.equal(existsSync(ovs.runDir), false);
});

test("startOvs() survives a crash of ovs-vswitchd with the same database", async () => {
  await using ovs = await startOvs();
  await ovs.addBridge("br0", ["p1"]);
  await ovs.killVswitchd();
  await ovs.startVswitchd();
  assert.equal((await ovs.vsctl("list-ports", "br0")).trim(), "p1");
});
