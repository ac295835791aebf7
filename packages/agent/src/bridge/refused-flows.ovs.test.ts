import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "@antrea/base";
import { systemClock as clock } from "@antrea/base/io";
import { parseFlow } from "@antrea/openflow/flow";
import { startOvs } from "@antrea/openflow/testing";
import { flowNews } from "./flow-news.ts";
import { flowRealizer } from "./flow-realizer.ts";
import { openSwitch } from "./io/open-switch.ts";

const cookie = "cookie=0x100000001";
/** The switch looks at the first when it is told, and at the second when all is done. */
const refusable = [
  "table=3,priority=5,ip,actions=group:77",
  "table=2,priority=5,ip,check_overlap,actions=drop",
];

for (const bad of refusable)
  test(`flowRealizer() refills an emptied switch that refuses "${bad}", with all the rest`, async () => {
    await using ovs = await startOvs();
    await ovs.addBridge("br0", []);
    const connection = await openSwitch({
      news: flowNews(),
      path: ovs.mgmtSocket("br0"),
      log: silentLogger,
      clock,
      signal: AbortSignal.timeout(10_000),
    });
    const refused: string[] = [];
    let bundles = 0;
    const flows = flowRealizer(
      {
        dumpFlows: connection.dumpFlows,
        async applyFlows(change) {
          bundles += 1;
          await connection.applyFlows(change);
        },
      },
      undefined,
      { onRefused: (owner) => void refused.push(owner) },
    );
    const good = Array.from({ length: 100 }, (_, n) => `owner-${n}`);
    const flowOf = (n: number) => parseFlow(`${cookie},table=2,priority=${n},actions=drop`);
    const results = await Promise.allSettled([
      ...good.map((owner, n) => flows.realize(owner, [flowOf(n)])),
      flows.realize("bad", [
        parseFlow(`${cookie},table=2,priority=200,actions=drop`),
        parseFlow(`${cookie},${bad}`),
      ]),
    ]);
    const failures = results.filter(({ status }) => status === "rejected");
    assert.deepEqual([failures.length, bundles], [1, 2]);
    await ovs.ofctl("del-flows", `unix:${ovs.mgmtSocket("br0")}`);
    const change = await flows.resync({ prune: true });
    assert.deepEqual([change.add.length, refused, bundles], [100, ["bad"], 4]);
    const { length } = await connection.dumpFlows({});
    assert.equal(length, 100);
    connection.close();
  });
