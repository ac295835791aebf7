/** Wireshark's dissectors as an independent reader of what we send, and of what we take from the switch. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { ByteWriter } from "@antrea/wire";
import * as of from "./flow/index.ts";
import { encodeFrame } from "./message/messages.ts";
import { flowModOf } from "./message/flow-mod.ts";
import { connectInTest } from "./testing/connect-in-test.ts";
import { startOvs } from "./testing/start-ovs.ts";
import { readByTshark, type Said } from "./testing/tshark.ts";
import { readVectors } from "./testing/vectors.ts";

const messages = readVectors(new URL("../testdata/messages.vectors", import.meta.url)).filter(
  (vector) => !vector.isBad,
);

const bySwitch = (bytes: Uint8Array): Said => ({ by: "switch", bytes });

/**
 * The dissector of OpenFlow 1.5 in tshark 4.0 gives up at the first match field of the class
 * OFPXMC_OPENFLOW_BASIC, and at statistics of ports and properties of groups; that of 1.4 reads these.
 */
const unreadAs15 = new Set([
  ...["flowMod", "bundleAdd", "plainPacketIn", "packetOut", "flowRemoved", "flowStatsRequest"],
  ...["flowStatsReply", "portStatsReply", "groupMod", "groupDescReply", "flowMonitorReply"],
]);

test("messages.vectors are OpenFlow 1.5 to tshark: kind, length and transaction of each", async () => {
  const read = await readByTshark(
    messages.map(({ bytes }) => bySwitch(bytes)),
    [
      ...(["openflow_v6.version", "openflow_v6.type", "openflow_v6.length"] as const),
      ...(["openflow_v6.xid", "_ws.malformed"] as const),
    ],
  );
  assert.equal(read.length, messages.length);
  for (const [i, { bytes, text }] of messages.entries()) {
    const header = read[i];
    assert.equal(Number(header?.["openflow_v6.version"][0]), 6, text);
    assert.equal(header?.["openflow_v6.type"][0], String(bytes[1]), text);
    assert.equal(header?.["openflow_v6.length"][0], String(bytes.length), text);
    assert.equal(header?.["openflow_v6.xid"][0], "5", text);
    if (!unreadAs15.has(text.split(" ")[0] ?? ""))
      assert.deepEqual(header?.["_ws.malformed"], [], text);
  }
});

/** A flow-mod is laid out alike in 1.4 and 1.5 (sections 7.3.4.2 and 7.3.4.3); the version is the first byte. */
function as14(bytes: Uint8Array): Said {
  return bySwitch(Uint8Array.from([5, ...bytes.subarray(1)]));
}

function flowMod(text: string): Uint8Array {
  const out = new ByteWriter();
  encodeFrame(flowModOf("add", of.parseFlow(text)), 9, out);
  return out.finish();
}

test("a flow-mod says to tshark what the flow's text says: table, priority, match, instructions", async () => {
  const arp =
    "cookie=0x1234, table=7, idle_timeout=5, priority=210,arp,in_port=3,arp_spa=10.0.0.1,arp_tpa=10.1.0.0/16,arp_op=1 actions=output:4,goto_table:9";
  const ipv6 = "table=8, priority=1,udp6,ipv6_dst=fe80::1 actions=drop";
  const [first, second] = await readByTshark(
    [as14(flowMod(arp)), as14(flowMod(ipv6))],
    [
      ...(["openflow_v5.flowmod.table_id", "openflow_v5.flowmod.priority"] as const),
      ...(["openflow_v5.flowmod.cookie", "openflow_v5.flowmod.idle_timeout"] as const),
      ...(["openflow_v5.oxm.field", "openflow_v5.oxm.value_ipv4addr"] as const),
      ...(["openflow_v5.oxm.ipv4_mask", "openflow_v5.oxm.value_ipv6addr"] as const),
      ...(["openflow_v5.oxm.value_ethertype", "openflow_v5.action.output.port"] as const),
      ...(["openflow_v5.instruction.goto_table.table_id", "_ws.malformed"] as const),
    ],
  );
  const { "openflow_v5.oxm.field": fields, ...rest } = first ?? { "openflow_v5.oxm.field": [] };
  // in_port 0, eth_type 5, arp_op 21, arp_spa 22, arp_tpa 23 (table 7-11 of the specification)
  assert.deepEqual(
    fields.map(Number).sort((a, b) => a - b),
    [0, 5, 21, 22, 23],
  );
  assert.deepEqual(rest, {
    "openflow_v5.flowmod.table_id": ["7"],
    "openflow_v5.flowmod.priority": ["210"],
    "openflow_v5.flowmod.cookie": ["0x0000000000001234"],
    "openflow_v5.flowmod.idle_timeout": ["5"],
    "openflow_v5.oxm.value_ipv4addr": ["10.0.0.1", "10.1.0.0"],
    "openflow_v5.oxm.ipv4_mask": ["255.255.0.0"],
    "openflow_v5.oxm.value_ipv6addr": [],
    "openflow_v5.oxm.value_ethertype": ["0x0806"],
    "openflow_v5.action.output.port": ["4"],
    "openflow_v5.instruction.goto_table.table_id": ["9"],
    "_ws.malformed": [],
  });
  assert.deepEqual(second?.["openflow_v5.oxm.value_ipv6addr"], ["fe80::1"]);
  assert.deepEqual(second?.["_ws.malformed"], []);
});

test("matches.vectors, each in a flow-mod, are well formed to tshark, with each field's length", async () => {
  const vectors = readVectors(new URL("../testdata/matches.vectors", import.meta.url));
  const texts = vectors.filter(({ isBad }) => !isBad).map(({ text }) => text);
  const frames = texts.map((text) => flowMod(`${text === "any" ? "" : `${text} `}actions=drop`));
  const read = await readByTshark(frames.map(as14), [
    ...(["openflow_v5.match.length", "openflow_v5.oxm.length", "_ws.malformed"] as const),
  ]);
  assert.equal(read.length, texts.length);
  for (const [i, text] of texts.entries()) {
    assert.deepEqual(read[i]?.["_ws.malformed"], [], text);
    // a match is its header of four bytes, and four more with each field's value
    const lengths = read[i]?.["openflow_v5.oxm.length"].map(Number) ?? [];
    const sum = lengths.reduce((total, length) => total + 4 + length, 4);
    assert.deepEqual(read[i]?.["openflow_v5.match.length"], [String(sum)], text);
  }
});

/** A Unix socket that leads to another one, and keeps what both ends say. */
async function recorder(path: string, to: string) {
  const said: Said[] = [];
  const server = createServer((controller) => {
    const far = connect(to);
    controller.on("data", (bytes) => said.push({ by: "controller", bytes: Buffer.from(bytes) }));
    far.on("data", (bytes) => said.push({ by: "switch", bytes: Buffer.from(bytes) }));
    controller.on("error", () => far.destroy());
    far.on("error", () => controller.destroy());
    controller.pipe(far).pipe(controller);
  });
  server.listen(path);
  await once(server, "listening");
  return { said, [Symbol.dispose]: () => void server.close() };
}

/** OFPT numbers (section 7.1.1 of the specification) and OFPBCT numbers (section 7.3.9.1). */
const types = { hello: "0", error: "1", featuresRequest: "5", featuresReply: "6" } as const;
const bundle = { control: "33", add: "34", flowMod: "14" } as const;
const controls = { open: [0, 1], close: [2, 3], commit: [4, 5] } as const;

test("connectSwitch() and apply() are a session to tshark: greeting, features, one bundle, its replies", async () => {
  await using ovs = await startOvs();
  await ovs.addBridge("br0", ["p1"]);
  const path = join(ovs.runDir, "recorder");
  using recorded = await recorder(path, ovs.mgmtSocket("br0"));
  const connection = await connectInTest(path);
  const flows = ["table=0,priority=5,arp actions=drop", "table=0 actions=goto_table:1"];
  await connection.apply({
    flows: of.diffFlows(
      [],
      flows.map((line) => of.parseFlow(line)),
    ),
  });
  await connection.close();

  const typeField = "openflow_v6.type";
  const controlField = "openflow_v6.bundle_control.type";
  const read = await readByTshark(recorded.said, [typeField, controlField]);
  const by = (who: Said["by"], field: typeof typeField | typeof controlField) =>
    recorded.said.flatMap((piece, i) => (piece.by === who ? (read[i]?.[field] ?? []) : []));
  const ours = by("controller", typeField);
  const theirs = by("switch", typeField);
  assert.equal(ours[0], types.hello);
  assert.equal(theirs[0], types.hello);
  assert.ok(ours.includes(types.featuresRequest) && theirs.includes(types.featuresReply));
  assert.ok(!theirs.includes(types.error));
  const { control, add, flowMod: mod } = bundle;
  const inBundle = ours.filter((type) => Object.values<string>(bundle).includes(type));
  assert.deepEqual(inBundle, [control, add, mod, add, mod, control, control]);
  const { open, close, commit } = controls;
  assert.deepEqual(by("controller", controlField).map(Number), [open[0], close[0], commit[0]]);
  assert.deepEqual(by("switch", controlField).map(Number), [open[1], close[1], commit[1]]);
});
