import assert from "node:assert/strict";
import { test } from "node:test";
import { isEmptyChange, silentLogger } from "@antrea/base";
import { systemClock as clock } from "@antrea/base/io";
import { type Flow, parseFlow } from "@antrea/openflow/flow";
import { startOvs } from "@antrea/openflow/testing";
import { flowRealizer } from "./flow-realizer.ts";
import { flowNews } from "./flow-news.ts";
import { openSwitch } from "./io/open-switch.ts";

const owners = 1_000;
const flowsOfOwner = 100;

/** What one peer or Pod might want: routes, with what our routes do. */
function wantedBy(owner: number): readonly Flow[] {
  return Array.from({ length: flowsOfOwner }, (_, i) => {
    const destination = `10.${owner >> 8}.${owner & 255}.${i}`;
    return parseFlow(
      `cookie=0x${owner.toString(16)},table=10,priority=200,ip,nw_dst=${destination} ` +
        "actions=set_field:aa:bb:cc:dd:ee:ff->eth_dst,load:0x1->NXM_NX_REG0[4..7],dec_ttl,goto_table:11",
    );
  });
}

test("a start at 100,000 flows compares them all in five seconds and sends none", async (t) => {
  await using ovs = await startOvs();
  await ovs.addBridge("br0", ["p1"]);
  await ovs.ofctl("del-flows", "br0");
  const wanted = Array.from({ length: owners }, (_, owner) => wantedBy(owner));
  const connect = () =>
    openSwitch({
      news: flowNews(),
      path: ovs.mgmtSocket("br0"),
      log: silentLogger,
      clock,
      signal: AbortSignal.timeout(5_000),
    });
  /** As `startAgent()` does: everybody says what is wanted, then what is left over goes. */
  const start = async (connection: Awaited<ReturnType<typeof connect>>) => {
    const flows = flowRealizer(connection);
    await Promise.all(wanted.map((some, owner) => flows.realize(`owner:${owner}`, some)));
    return flows.resync({ prune: true });
  };

  const first = await connect();
  await start(first);
  first.close();
  assert.match(await ovs.ofctl("dump-aggregate", "br0"), /flow_count=100000\b/);

  let sent = 0;
  const second = await connect();
  const startedMs = performance.now();
  const change = await start({
    ...second,
    applyFlows(some) {
      sent += 1;
      return second.applyFlows(some);
    },
  });
  const tookMs = performance.now() - startedMs;
  second.close();
  t.diagnostic(`compared 100,000 flows in ${Math.round(tookMs)} ms`);
  assert.ok(isEmptyChange(change));
  assert.equal(sent, 0, "bundles sent");
  assert.ok(tookMs <= 5_000, `took ${Math.round(tookMs)} ms`);
});
