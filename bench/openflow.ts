/**
 * How fast flows are encoded, decoded, sent and read back, beside `ovs-ofctl` doing the same to the
 * same ovs-vswitchd in the same run. Prints seconds and ratios; nothing is judged here.
 *
 *     node bench/openflow.ts [FLOWS] [ROUNDS]
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger } from "@antrea/base";
import { systemClock } from "@antrea/base/io";
import { type Ipv4Address, ipv4FromNumber, ofPort, parseMac } from "@antrea/net";
import {
  decodeFrame,
  diffFlows,
  encodeFrame,
  flow,
  flowModOf,
  formatFlow,
  parseFlow,
} from "@antrea/openflow";
import * as of from "@antrea/openflow/flow";
import { connectSwitch } from "@antrea/openflow/io";
import { startOvs } from "@antrea/openflow/testing";
import { ByteReader, ByteWriter } from "@antrea/wire";

const count = Number(process.argv[2] ?? 100_000);
const rounds = Number(process.argv[3] ?? 3);
const mac = parseMac("0a:00:00:00:00:01");
if (!mac) throw new Error("A MAC");

/** Flows as the agent writes them: half routes, half clauses of policies. */
function sample(i: number): of.Flow {
  const address: Ipv4Address = ipv4FromNumber(0x0a000000 + i);
  if (i % 2 === 0) {
    return flow({
      table: 10,
      priority: 200,
      cookie: BigInt(i),
      match: [of.reg(0, 0x200, 0x200), of.ipDst(address)],
      actions: [
        of.setEthDst(mac as NonNullable<typeof mac>),
        of.load(of.subfield("reg0", 4, 7), 1),
        of.goto(11),
      ],
    });
  }
  return flow({
    table: 12,
    priority: 190,
    cookie: BigInt(i),
    match: [of.inPort(ofPort(1)), of.ipSrc(address)],
    actions: [of.conjunction(i, 0, 2)],
  });
}

async function timed<T>(name: string, body: () => T | Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await body();
  const seconds = (performance.now() - start) / 1000;
  times.set(name, [...(times.get(name) ?? []), seconds]);
  return result;
}
const times = new Map<string, number[]>();

await using ovs = await startOvs();
await ovs.addBridge("br0", ["p1"]);
const target = `unix:${ovs.mgmtSocket("br0")}`;
const file = join(ovs.runDir, "flows.txt");

for (let round = 0; round < rounds; round++) {
  const flows = await timed("build", () => Array.from({ length: count }, (_, i) => sample(i)));
  const texts = await timed("format", () => flows.map((one) => formatFlow(one)));
  await timed("parse", () => texts.map((text) => parseFlow(text)));
  await writeFile(file, texts.join("\n"));

  const out = new ByteWriter(1 << 20);
  await timed("encode", () => {
    for (const one of flows) encodeFrame(flowModOf("add", one), 1, out);
  });
  await timed("decode", () => {
    const reader = ByteReader.of(out.written());
    while (reader.left > 0) decodeFrame(reader);
  });
  await timed("diff (equal)", () => diffFlows(flows, flows));

  const connection = await connectSwitch({
    path: ovs.mgmtSocket("br0"),
    log: silentLogger,
    clock: systemClock,
    signal: AbortSignal.timeout(10_000),
  });
  await timed("bundle: ours", () => connection.apply({ flows: diffFlows([], flows) }));
  const observed = await timed("dump: ours", () => connection.dumpFlows());
  await timed("start-up diff: ours", async () => {
    const there = (await connection.dumpFlows()).map((stats) => stats.flow);
    const change = diffFlows(there, flows);
    if (change.add.length + change.modify.length + change.remove.length > 0)
      throw new Error("Something changed");
  });
  if (observed.length !== count) throw new Error(`${observed.length} flows came back`);
  await timed("delete: ours", () =>
    connection.apply({
      flows: diffFlows(
        observed.map((stats) => stats.flow),
        [],
      ),
    }),
  );
  await connection.close();

  await timed("bundle: ovs-ofctl", () => ovs.ofctl("--bundle", "add-flows", target, file));
  await timed("dump: ovs-ofctl", () => ovs.ofctl("dump-flows", target));
  await timed("start-up diff: ovs-ofctl", () => ovs.ofctl("replace-flows", target, file));
  await timed("delete: ovs-ofctl", () => ovs.ofctl("del-flows", target));
}

console.log(`${count} flows, best of ${rounds} rounds`);
for (const [name, seconds] of times) {
  const best = Math.min(...seconds);
  const theirs = times.get(name.replace("ours", "ovs-ofctl"));
  const ratio =
    name.endsWith("ours") && theirs
      ? `  ${(best / Math.min(...theirs)).toFixed(2)} × ovs-ofctl`
      : "";
  console.log(`${name.padEnd(26)} ${best.toFixed(3)} s${ratio}`);
}
