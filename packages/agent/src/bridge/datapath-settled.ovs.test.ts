import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { exponentialBackOff, silentLogger } from "@antrea/base";
import { systemClock as clock } from "@antrea/base/io";
import { startOvs } from "@antrea/openflow/testing";
import { unixctl } from "@antrea/ovsdb/io";
import { datapathSettled } from "./datapath-settled.ts";

const backOff = exponentialBackOff({ firstMs: 5, maxMs: 20, random: () => 0 });
const log = silentLogger;
const signal = AbortSignal.timeout(60_000);

/** As many entries of the datapath as one look through it takes some time for. */
const destinations = Array.from({ length: 1_000 }, (_, i) => `10.9.${i >> 8}.${i & 255}`);

const frameTo = (destination: string): string =>
  `in_port(1),eth(src=0a:00:00:00:00:01,dst=0a:00:00:00:00:02),eth_type(0x0800),ipv4(src=10.9.9.9,dst=${destination},proto=17,tos=0,ttl=64,frag=no),udp(src=1,dst=2)`;

test("once the datapath has settled, none of its entries sends as flows had it before", async () => {
  await using ovs = await startOvs();
  await ovs.addBridge("br0", ["from", "one", "other"]);
  const settled = datapathSettled(
    { control: unixctl(join(ovs.runDir, "vswitchd.ctl")), backOff, clock, log },
    signal,
  );
  const flows = join(ovs.runDir, "flows");
  writeFileSync(flows, destinations.map((to) => `ip,nw_dst=${to},actions=output:2\n`).join(""));
  await ovs.ofctl("add-flows", "br0", flows);
  for (let at = 0; at < destinations.length; at += 100)
    await ovs.appctl(
      "netdev-dummy/receive",
      "from",
      ...destinations.slice(at, at + 100).map(frameTo),
    );
  const sendingTo = async (port: number): Promise<number> => {
    const entries = (await ovs.appctl("dpctl/dump-flows")).split("\n");
    return entries.filter((one) => one.endsWith(`actions:${port}`)).length;
  };
  const inTime = AbortSignal.timeout(20_000);
  while ((await sendingTo(2)) < destinations.length) inTime.throwIfAborted(); // ovs-vswitchd takes them up by and by
  for (const [round, port] of [3, 2, 3, 2, 3, 2].entries()) {
    await ovs.ofctl("mod-flows", "br0", `ip,actions=output:${port}`);
    await settled({ signal });
    assert.equal(await sendingTo(5 - port), 0, `round ${round}`);
    assert.equal(await sendingTo(port), destinations.length);
  }
});
