import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { exponentialBackOff, silentLogger } from "@antrea/base";
import { systemClock as clock } from "@antrea/base/io";
import { connectInTest, startOvs } from "@antrea/openflow/testing";
import { unixctl } from "@antrea/ovsdb/io";
import { datapathSettled } from "./datapath-settled.ts";

const backOff = exponentialBackOff({ firstMs: 5, maxMs: 20, random: () => 0 });
const log = silentLogger;
const signal = AbortSignal.timeout(60_000);

/** As many entries of the datapath as one look through it takes some time for. */
const destinations = Array.from({ length: 1_000 }, (_, i) => `10.9.${i >> 8}.${i & 255}`);

const frameTo = (destination: string): string =>
  `in_port(1),eth(src=0a:00:00:00:00:01,dst=0a:00:00:00:00:02),eth_type(0x0800),ipv4(src=10.9.9.9,dst=${destination},proto=17,tos=0,ttl=64,frag=no),udp(src=1,dst=2)`;

test("once the datapath has settled, none of its entries sends as flows had it before", async (t) => {
  await using ovs = await startOvs();
  await ovs.addBridge("br0", ["from", "one", "other"]);
  const path = join(ovs.runDir, "br0.mgmt");
  const connection = await connectInTest(path);
  const settled = datapathSettled(
    {
      control: unixctl(join(ovs.runDir, "vswitchd.ctl")),
      session: { connection: async () => connection },
      ...{ backOff, clock, log },
    },
    signal,
  );
  await ovs.vsctl("set", "Open_vSwitch", ".", "other_config:max-idle=600000"); // entries stay
  const flows = join(ovs.runDir, "flows");
  writeFileSync(flows, destinations.map((to) => `ip,nw_dst=${to},actions=output:2\n`).join(""));
  await ovs.ofctl("add-flows", "br0", flows);
  /** Where entries send to, by the datapath's own numbers of ports, for each of them. */
  const ways = async (): Promise<readonly string[]> => {
    const entries = await ovs.appctl("dpctl/dump-flows");
    return [...entries.matchAll(/ipv4\(dst=.*actions:(\d+)$/gm)].map(([, port = ""]) => port);
  };
  const inTime = AbortSignal.timeout(30_000);
  while ((await ways()).length < destinations.length) {
    inTime.throwIfAborted();
    // a port holds a hundred frames, and what does not fit is lost
    for (let at = 0; at < destinations.length; at += 50)
      await ovs.appctl(
        "netdev-dummy/receive",
        "from",
        ...destinations.slice(at, at + 50).map(frameTo),
      );
  }
  let before = new Set(await ways());
  for (const port of [3, 2, 3, 2, 3, 2]) {
    await ovs.ofctl("mod-flows", "br0", `ip,actions=output:${port}`);
    const since = clock.now();
    await settled({ signal });
    t.diagnostic(`settled after ${Math.round(clock.now() - since)} ms`);
    const after = await ways();
    assert.equal(after.length, destinations.length);
    assert.equal(new Set(after).size, 1, "all send alike");
    assert.deepEqual(
      [...new Set(after)].filter((way) => before.has(way)),
      [],
    );
    before = new Set(after);
  }
  await connection.close();
});
