import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "@antrea/base";
import { systemClock } from "@antrea/base/io";
import { ofPort } from "@antrea/net";
import { fromHex } from "@antrea/wire";
import * as of from "../flow/index.ts";
import type { FlowUpdate } from "../message/flow-monitor.ts";
import type { PacketIn } from "../message/packet-in.ts";
import { OpenFlowError } from "../session/failure.ts";
import { connectInTest } from "../testing/connect-in-test.ts";
import { startOvs } from "../testing/start-ovs.ts";
import { switchForFile } from "../testing/switch-for-file.ts";
import { connectSwitch } from "./connect-switch.ts";

const { ovs, connection } = switchForFile();

/** UDP from 10.0.0.1 port 1000 to 10.0.0.2 port 53, without payload. */
const udp = fromHex(
  "0a0000000002 0a0000000001 0800 4500001c000000004011 66cf 0a000001 0a000002 03e8 0035 0008 0000",
) as Uint8Array;

function add(...flows: readonly string[]): Promise<void> {
  const desired = flows.map((line) => of.parseFlow(line));
  return connection().apply({ flows: of.diffFlows([], desired) });
}

function nextPacket(): Promise<PacketIn> {
  return new Promise((resolve) => {
    const stop = connection().onPacketIn((packet) => {
      stop();
      resolve(packet);
    });
  });
}

test("onPacketIn() hears of a packet with userdata, cookie, table, metadata and all its bytes", async () => {
  await add(
    "cookie=0x77,table=0,priority=5,udp actions=set_field:0x9->reg3,controller(userdata=02.ff)",
  );
  const heard = nextPacket();
  connection().packetOut({
    metadata: of.matchOf(of.inPort(ofPort(1))),
    actions: [of.resubmit({ table: 0 })],
    packet: udp,
  });
  const packet = await heard;
  assert.deepEqual(packet.packet, udp);
  assert.deepEqual([...packet.userdata], [2, 255]);
  assert.equal(packet.cookie, 0x77n);
  assert.equal(packet.table, 0);
  assert.equal(packet.reason, "action");
  assert.equal(of.formatMatch(packet.metadata), "reg3=0x9,in_port=1");
});

test("resume() lets a paused packet go on behind the controller action, with its registers", async () => {
  await add(
    "table=0,priority=6,udp actions=set_field:0x7->reg1,controller(pause,userdata=01),resubmit(,3)",
    "table=3,priority=1,reg1=0x7,udp actions=controller(userdata=03)",
  );
  const first = nextPacket();
  connection().packetOut({
    metadata: of.matchOf(of.inPort(ofPort(2))),
    actions: [of.resubmit({ table: 0 })],
    packet: udp,
  });
  const paused = await first;
  assert.ok(paused.continuation);
  const second = nextPacket();
  connection().resume(paused);
  const resumed = await second;
  assert.deepEqual([...resumed.userdata], [3]);
  assert.equal(resumed.table, 3);
});

test("onFlowRemoved() hears of a flow with send_flow_rem that is deleted", async () => {
  await add("table=9,priority=7,ip,cookie=0x5,send_flow_rem actions=drop");
  const heard = new Promise<string>((resolve) => {
    connection().onFlowRemoved((removed) =>
      resolve(
        `${removed.reason} ${removed.table} ${removed.cookie} ${of.formatMatch(removed.match)}`,
      ),
    );
  });
  const [gone] = await connection().dumpFlows({ table: 9 });
  assert.ok(gone);
  await connection().apply({ flows: of.diffFlows([gone.flow], []) });
  assert.equal(await heard, "delete 9 5 ip");
});

test("onPortStatus() hears of a port that is added, and ports() lists it", async () => {
  const heard = new Promise<string>((resolve) => {
    const stop = connection().onPortStatus(({ reason, port }) => {
      if (reason !== "add") return;
      stop();
      resolve(port.name);
    });
  });
  await ovs().vsctl(
    "add-port",
    "br0",
    "p9",
    "--",
    "set",
    "interface",
    "p9",
    "type=dummy",
    "ofport_request=9",
  );
  assert.equal(await heard, "p9");
  const ports = await connection().ports();
  assert.equal(ports.find((port) => port.name === "p9")?.ofPort, 9);
});

test("monitorFlows() tells what is there and each change of others", async () => {
  await add("table=11,priority=1 actions=drop");
  const seen: FlowUpdate[] = [];
  const wanted = Promise.withResolvers<void>();
  const stop = await connection().monitorFlows(
    (update) => {
      seen.push(update);
      if (seen.length === 4) wanted.resolve();
    },
    { table: 11 },
  );
  const target = `unix:${ovs().mgmtSocket("br0")}`;
  await ovs().ofctl("add-flow", target, "table=11,priority=2,ip,actions=output:1");
  await ovs().ofctl("mod-flows", "--strict", target, "table=11,priority=2,ip,actions=output:2");
  await ovs().ofctl("--strict", "del-flows", target, "table=11,priority=2,ip");
  await wanted.promise;
  stop();
  const texts = seen.map((u) => `${u.event} ${"flow" in u ? of.formatFlow(u.flow) : ""}`);
  assert.deepEqual(texts, [
    "initial table=11, priority=1 actions=drop",
    "added table=11, priority=2,ip actions=output:1",
    "modified table=11, priority=2,ip actions=output:2",
    "removed table=11, priority=2,ip actions=output:2",
  ]);
});

test("apply() changes nothing and names the flow if the switch refuses one of a bundle", async () => {
  const before = (await connection().dumpFlows()).length;
  const good = of.parseFlow("table=20,priority=1,ip actions=drop");
  const bad = of.parseFlow("table=20,priority=2,ip actions=group:4711");
  await assert.rejects(connection().apply({ flows: of.diffFlows([], [good, bad]) }), (error) => {
    assert.ok(error instanceof OpenFlowError);
    assert.deepEqual(error.failure, {
      code: "refused",
      refusals: [
        { error: "OFPBAC_BAD_OUT_GROUP", request: `add ${of.formatFlow(bad)}`, flow: bad },
      ],
    });
    return true;
  });
  assert.equal((await connection().dumpFlows()).length, before);
});

test("apply() names a flow that cannot even be added to the bundle", async () => {
  const bad = of.parseFlow("table=20,priority=2,in_port=1 actions=set_field:1->in_port");
  const worse: of.Flow = {
    ...bad,
    actions: [{ kind: "setField", field: "in_port_oxm", value: 1n }],
  };
  const good = of.parseFlow("table=20,priority=1,ip actions=drop");
  await assert.rejects(
    connection().apply({ flows: of.diffFlows([], [good, worse]) }),
    /OFPBAC_BAD_SET_ARGUMENT: add table=20, priority=2,in_port=1/,
  );
  assert.equal((await connection().dumpFlows({ table: 20 })).length, 0);
});

test("dumpGroups() gives groups back as they were sent", async () => {
  const lines = [
    "group_id=1,type=select,selection_method=hash,selection_method_param=5,fields(ip_src,tcp_dst),bucket=bucket_id:0,weight:100,actions=set_field:0x1->reg1,resubmit(,2),bucket=bucket_id:1,weight:50,actions=output:1",
    "group_id=2,type=all,bucket=bucket_id:0,actions=output:1,bucket=bucket_id:1,actions=output:2",
    "group_id=3,type=ff,bucket=bucket_id:0,watch_port:1,actions=output:1,bucket=bucket_id:1,watch_port:2,actions=output:2",
    "group_id=4,type=indirect,bucket=bucket_id:0,actions=drop",
    "group_id=6,type=select,selection_method=dp_hash,bucket=bucket_id:0,weight:1,actions=output:1",
  ];
  const desired = lines.map((line) => of.parseGroup(line));
  await connection().apply({ groups: of.diffGroups(await connection().dumpGroups(), desired) });
  const observed = await connection().dumpGroups();
  const rest = of.diffGroups(observed, desired);
  assert.deepEqual(
    rest.modify.map((m) => [of.formatGroup(m.before), of.formatGroup(m.value)]),
    [],
  );
  assert.deepEqual([rest.add, rest.remove], [[], []]);
  const printed = await ovs().ofctl("dump-groups", `unix:${ovs().mgmtSocket("br0")}`, "1");
  assert.equal(
    of.formatGroup(of.parseGroup(printed.split("\n")[1] ?? "")),
    of.formatGroup(observed.find((g) => g.id === 1) as of.Group),
  );
  assert.equal((await connection().groupStats()).length, desired.length);
  await connection().apply({ groups: of.diffGroups(observed, []) });
  assert.deepEqual(await connection().dumpGroups(), []);
});

test("apply() writes a group of more buckets than a message holds; dumpGroups() does not ask for it", async () => {
  const buckets = Array.from({ length: 1600 }, (_, i) => ({
    weight: 100,
    actions: of.parseActions(`set_field:0x${(i + 1).toString(16)}->reg3,resubmit(,2)`),
  }));
  const big = of.makeGroup({ id: 9, type: "select", buckets });
  const small = of.parseGroup("group_id=10,type=all,bucket=bucket_id:0,actions=output:1");
  await connection().apply({ groups: of.diffGroups([], [big, small]) });
  const stats = await connection().groupStats();
  assert.equal(stats.find(({ group }) => group === 9)?.buckets.length, 1600);
  const observed = await connection().dumpGroups();
  assert.deepEqual(
    observed.find(({ id }) => id === 10),
    small,
  );
  assert.deepEqual(observed.find(({ id }) => id === 9)?.buckets, []);
  await connection().apply({ groups: of.diffGroups(observed, []) });
  assert.deepEqual(await connection().dumpGroups(), []);
});

test("dumpMeters() gives meters back as they were sent", async () => {
  const desired = [
    of.dropMeter(1, { unit: "pktps", rate: 100, burstSize: 200 }),
    of.dropMeter(2, { unit: "kbps", rate: 1000 }),
    of.parseMeter("meter=3 kbps burst stats bands= type=drop rate=5 burst_size=6"),
  ];
  await connection().apply({ meters: of.diffMeters(await connection().dumpMeters(), desired) });
  const observed = await connection().dumpMeters();
  assert.deepEqual(observed.map(of.formatMeter).sort(), desired.map(of.formatMeter).sort());
  assert.equal((await connection().meterStats()).length, 3);
  await connection().apply({ meters: of.diffMeters(observed, []) });
  assert.deepEqual(await connection().dumpMeters(), []);
});

test("countFlows(), tableStats() and portStats() answer in the switch's numbers", async () => {
  const flows = await connection().dumpFlows();
  assert.equal((await connection().countFlows()).flows, flows.length);
  const tables = await connection().tableStats();
  assert.equal(
    tables.reduce((sum, table) => sum + table.active, 0),
    flows.length,
  );
  assert.ok((await connection().portStats()).some((port) => port.ofPort === 1));
});

test("request() gets what has no method: description, features, roles, async masks", async () => {
  const kinds = [
    "descRequest",
    "groupFeaturesRequest",
    "meterFeaturesRequest",
    "tableDescRequest",
    "tableFeaturesRequest",
    "getConfigRequest",
    "getAsyncRequest",
  ] as const;
  for (const kind of kinds) {
    const [reply] = await connection().request({ kind });
    assert.equal(reply?.kind, kind.replace("Request", "Reply"));
  }
  const [role] = await connection().request({ kind: "roleRequest", role: 0, generation: 0n });
  assert.equal(role?.kind, "roleReply");
  await connection().sendAll([
    { kind: "setAsync", masks: { packetIn: 0x3f } },
    { kind: "ctFlushZone", zone: 7 },
  ]);
});

test("closed resolves with the reason when ovs-vswitchd dies, and what was asked is rejected", async () => {
  const own = await startOvs();
  try {
    await own.addBridge("br1");
    const { dumpFlows, closed } = await connectInTest(own.mgmtSocket("br1"));
    await own.killVswitchd();
    assert.equal((await closed).failure.code, "closed");
    await assert.rejects(dumpFlows(), /closed/);
  } finally {
    await own.stop();
  }
});

test("connectSwitch() rejects when nobody listens, and when it is aborted", async () => {
  const options = { path: `${ovs().runDir}/none`, log: silentLogger, clock: systemClock };
  await assert.rejects(connectSwitch({ ...options, signal: AbortSignal.timeout(5000) }), /ENOENT/);
  await assert.rejects(
    connectSwitch({ ...options, path: ovs().mgmtSocket("br0"), signal: AbortSignal.abort() }),
    { name: "AbortError" },
  );
});
