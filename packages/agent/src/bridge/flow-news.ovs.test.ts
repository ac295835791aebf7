import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "@antrea/base";
import { systemClock } from "@antrea/base/io";
import { diffFlows } from "@antrea/openflow";
import { parseFlow } from "@antrea/openflow/flow";
import { startOvs } from "@antrea/openflow/testing";
import { tables } from "@antrea/pipeline";
import { flowNews } from "./flow-news.ts";
import { openSwitch } from "./io/open-switch.ts";

test("openSwitch() has news of what others do to flows, and none of what it does itself", async (t) => {
  const signal = AbortSignal.any([t.signal, AbortSignal.timeout(60_000)]);
  await using ovs = await startOvs();
  await ovs.addBridge("br0", ["p1"]);
  const news = flowNews();
  const connection = await openSwitch({
    news,
    path: ovs.mgmtSocket("br0"),
    log: silentLogger,
    clock: systemClock,
    signal,
  });
  const own = ["table=1,actions=drop", "table=2,actions=drop"].map((text) => parseFlow(text));
  assert.equal(news.take(0), true);
  await connection.applyFlows(diffFlows([], own));
  await connection.countFlows({ signal }); // whatever was told before has arrived with its answer
  assert.equal(news.take(1), false);

  const target = `unix:${ovs.mgmtSocket("br0")}`;
  const edits = [
    ["add-flow", target, "table=3,actions=drop"],
    ["mod-flows", target, "table=1,actions=output:1"],
    ["--strict", "del-flows", target, "table=2,priority=32768"],
  ];
  for (const [i, edit] of edits.entries()) {
    const heard = new Promise<void>((resolve) => {
      const stop = news.follow(() => {
        stop();
        resolve();
      });
    });
    await ovs.ofctl(...edit);
    await heard;
    assert.equal(news.take(2 + i), true, edit.join(" "));
  }
  const note = `table=${tables.RecentDestinations.id},idle_timeout=300,actions=drop`;
  await ovs.ofctl("add-flow", target, note);
  await connection.countFlows({ signal });
  assert.equal(news.take(9), false);
  connection.close();
});
