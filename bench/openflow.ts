/**
 * How fast flows are encoded, decoded, sent and read back, beside `ovs-ofctl` doing the same to the
 * same ovs-vswitchd in the same round. Each figure is the median of the rounds, each ratio the median
 * of the ratios within them. `ovs-ofctl` starts with a text file, so "made and sent" begins with
 * nothing too; "sent" begins with flows as values, as the agent has them.
 *
 *     node bench/openflow.ts [FLOWS] [ROUNDS] [--json]
 *
 * `--json` prints what each round took, as `antrea-lab bench` reads it.
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

const numbers = process.argv.slice(2).filter((word) => word !== "--json");
const count = Number(numbers[0] ?? 100_000);
const rounds = Number(numbers[1] ?? 3);
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

/** What needs no switch: text and bytes. */
async function measureCodecs(flows: readonly of.Flow[]): Promise<void> {
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
}

async function measureOurs(flows: readonly of.Flow[]): Promise<void> {
  const connection = await connectSwitch({
    path: ovs.mgmtSocket("br0"),
    log: silentLogger,
    clock: systemClock,
    signal: AbortSignal.timeout(10_000),
  });
  await timed("bundle: ours", () => connection.apply({ flows: diffFlows([], flows) }));
  const observed = await timed("dump: ours", () => connection.dumpFlows());
  if (observed.length !== count) throw new Error(`${observed.length} flows came back`);
  await timed("start-up diff: ours", async () => {
    const there = (await connection.dumpFlows()).map((stats) => stats.flow);
    const change = diffFlows(there, flows);
    if (change.add.length + change.modify.length + change.remove.length > 0)
      throw new Error("Something changed");
  });
  await timed("delete: ours", () =>
    connection.apply({
      flows: diffFlows(
        observed.map((stats) => stats.flow),
        [],
      ),
    }),
  );
  await connection.close();
}

async function measureTheirs(): Promise<void> {
  await timed("bundle: ovs-ofctl", () => ovs.ofctl("--bundle", "add-flows", target, file));
  await timed("dump: ovs-ofctl", () => ovs.ofctl("dump-flows", target));
  await timed("start-up diff: ovs-ofctl", () => ovs.ofctl("replace-flows", target, file));
  await timed("delete: ovs-ofctl", () => ovs.ofctl("del-flows", target));
}

for (let round = 0; round < rounds; round++) {
  const flows = await timed("build", () => Array.from({ length: count }, (_, i) => sample(i)));
  await measureCodecs(flows);
  await measureOurs(flows);
  await measureTheirs();
}

/** What the promises are about: ours, theirs, and how many times theirs ours may take. */
const promises = [
  { figure: "flowsAdded", ours: ["bundle: ours"], theirs: "bundle: ovs-ofctl", atMost: 1.5 },
  {
    figure: "flowsMadeAndAdded",
    ours: ["build", "bundle: ours"],
    theirs: "bundle: ovs-ofctl",
    atMost: undefined,
  },
  { figure: "flowsRead", ours: ["dump: ours"], theirs: "dump: ovs-ofctl", atMost: 2 },
  {
    figure: "flowsCompared",
    ours: ["start-up diff: ours"],
    theirs: "start-up diff: ovs-ofctl",
    atMost: undefined,
  },
] as const;

const inRound = (name: string, round: number) => times.get(name)?.[round] ?? Number.NaN;
const samples = promises.flatMap(({ figure, ours, theirs }) =>
  Array.from({ length: rounds }, (_, round) => ({
    figure,
    round,
    value: ours.reduce((sum, name) => sum + inRound(name, round), 0),
    other: inRound(theirs, round),
  })),
);

if (process.argv.includes("--json")) console.log(JSON.stringify(samples));
else {
  console.log(`${count} flows, medians of ${rounds} rounds, seconds`);
  for (const [name, seconds] of times) console.log(`${name.padEnd(26)} ${median(seconds)}`);
  for (const { figure, atMost } of promises) {
    const mine = samples.filter((sample) => sample.figure === figure);
    const ratio = median(mine.map(({ value, other }) => value / other));
    const wanted =
      atMost === undefined ? "" : `, wanted ≤ ${atMost}: ${ratio <= atMost ? "met" : "MISSED"}`;
    console.log(`${figure.padEnd(26)} ${ratio} × ovs-ofctl${wanted}`);
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1] ?? 0, sorted[sorted.length >> 1] ?? 0];
  return Math.round((low + high) * 500) / 1000;
}
