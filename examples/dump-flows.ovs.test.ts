import assert from "node:assert/strict";
import { test } from "node:test";
import { startOvs } from "@antrea/openflow/testing";
import { dumpFlows } from "./dump-flows.ts";

test("dumpFlows() prints what ovs-ofctl added", async () => {
  await using ovs = await startOvs();
  await ovs.addBridge("br0");
  await ovs.ofctl("add-flow", ovs.mgmtSocket("br0"), "table=3,priority=7,ip,actions=drop");
  const lines = await dumpFlows(ovs.mgmtSocket("br0"), AbortSignal.timeout(10_000));
  assert.ok(lines.includes("0 packets: table=3, priority=7,ip actions=drop"), lines.join("\n"));
});
