/**
 * What tables and connection tracking cost a packet: processor time of ovs-vswitchd's main thread,
 * which carries all packets of ordinary ports, for the same datagrams from Pod to Pod through one set
 * of flows after another. Run as root, in a network namespace of its own, since the datapath's devices
 * have fixed names:
 *
 *     unshare --net node bench/tables.ts [ROUNDS] [--json]
 *
 * "Pass" is a packet whose way is known to the datapath; "look-up" is one whose way is not: each has
 * a port of its own and megaflows are off, so that ovs-vswitchd walks through its tables for each.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { formatFlow } from "@antrea/openflow";
import * as of from "@antrea/openflow/flow";
import { enlargePacketBuffers } from "@antrea/linux/io";
import { startOvs } from "@antrea/openflow/testing";
import { compileNode, compilePod, tables } from "@antrea/pipeline";
import { mac, node, pod } from "@antrea/pipeline/testing";

const rounds = Number(process.argv.slice(2).find((word) => word !== "--json") ?? 5);
const script = fileURLToPath(new URL("datagrams.ts", import.meta.url));
const names = { from: "antrea-bench-a", to: "antrea-bench-b" } as const;
const ports = { from: "antbench1", to: "antbench2" } as const;
/** Its own port is a device of the machine, so it has a name of its own. */
const bridge = "antbenchb";
const greeting = 7001;
/** The first of those that are looked up, and how many; above all that Linux gives away by itself. */
const lookedUp = { first: 10_000, count: 10_000, rate: 5_000 } as const;
const passed = { count: 20_000, rate: 10_000 } as const;

const network = node();
const pods = {
  from: pod({ key: "bench/a", port: 1, addresses: ["10.244.1.2"] }),
  to: {
    ...pod({ key: "bench/b", port: 2, addresses: ["10.244.1.3"] }),
    mac: mac("0a:00:00:00:00:06"),
  },
};
const product = [
  ...compileNode(network),
  ...compilePod(pods.from, network),
  ...compilePod(pods.to, network),
];

const both = (line: (here: number, there: number) => string) => [line(1, 2), line(2, 1)];

/** So many tables before the one that sends, each with a flow that hands on. */
function chain(length: number): readonly string[] {
  return [
    ...Array.from(
      { length: length - 1 },
      (_, table) => `table=${table},priority=200,ip actions=goto_table:${table + 1}`,
    ),
    ...both(
      (here, there) =>
        `table=${length - 1},priority=200,ip,in_port=${here} actions=output:${there}`,
    ),
  ];
}

function withoutConntrack(flow: of.Flow): of.Flow {
  return flow.table === tables.ConntrackZone.id && flow.actions.some(({ kind }) => kind === "ct")
    ? { ...flow, actions: [of.goto(tables.ConntrackState.id)] }
    : flow;
}

/** By the name of its figures. */
const flowSets: Readonly<Record<string, readonly string[]>> = {
  Normal: ["actions=NORMAL"],
  OneTable: chain(1),
  TwelveTables: chain(12),
  Rewrite: both(
    (here, there) =>
      `ip,in_port=${here} actions=mod_dl_src:0a:00:00:00:00:01,mod_dl_dst:0a:00:00:00:00:0${4 + there},dec_ttl,output:${there}`,
  ),
  Lookup: [
    "table=0,ip actions=ct(table=1,zone=1)",
    ...both(
      (here, there) =>
        `table=1,ct_state=+new+trk,ip,in_port=${here} actions=ct(commit,zone=1),output:${there}`,
    ),
    ...both(
      (here, there) => `table=1,ct_state=-new+trk,ip,in_port=${here} actions=output:${there}`,
    ),
  ],
  Product: product.map((flow) => formatFlow(flow)),
  ProductWithoutCt: product.map((flow) => formatFlow(withoutConntrack(flow))),
};

/** For nft(8): what is counted is thrown away by the kernel, and greetings, of one byte, are let through. */
const droppingDatagrams = `table ip bench {
  chain in {
    type filter hook input priority 0
    udp length > 20 drop
  }
}
`;

await using ovs = await startOvs({ datapath: "netdev" });
try {
  await build();
  const samples = await measureAll();
  if (process.argv.includes("--json")) console.log(JSON.stringify(samples));
  else await print(samples);
} finally {
  for (const name of Object.values(names)) execFileSync("ip", ["netns", "delete", name]);
}

interface Sample {
  readonly figure: string;
  readonly round: number;
  readonly value: number;
  readonly other: number;
}

/** Two Pods on one bridge, that know each other's Ethernet address. */
async function build(): Promise<void> {
  for (const [end, other] of [
    ["from", "to"],
    ["to", "from"],
  ] as const) {
    const { mac: own, addresses } = pods[end];
    ip("netns", "add", names[end]);
    ip(
      "link",
      "add",
      ports[end],
      "type",
      "veth",
      "peer",
      "name",
      "eth0",
      "address",
      own,
      "netns",
      names[end],
    );
    ip("link", "set", ports[end], "up");
    ip("-n", names[end], "address", "add", `${addresses[0]}/24`, "dev", "eth0");
    ip("-n", names[end], "link", "set", "eth0", "up");
    const {
      mac: theirs,
      addresses: [address = ""],
    } = pods[other];
    ip("-n", names[end], "neighbour", "add", address, "lladdr", theirs, "dev", "eth0");
    execFileSync("ip", ["netns", "exec", names[end], "ethtool", "-K", "eth0", "tx", "off"], {
      stdio: "ignore",
    });
  }
  execFileSync("ip", ["netns", "exec", names.to, "nft", "-f", "-"], {
    input: droppingDatagrams,
  });
  await ovs.vsctl(
    ...["add-br", bridge, "--", "set", "bridge", bridge, "datapath_type=netdev"],
    ...["fail_mode=secure", "protocols=OpenFlow15"],
    ...[
      "--",
      "add-port",
      bridge,
      ports.from,
      "--",
      "set",
      "interface",
      ports.from,
      "ofport_request=1",
    ],
    ...["--", "add-port", bridge, ports.to, "--", "set", "interface", ports.to, "ofport_request=2"],
  );
  // as antrea-ovs does it: packets that wait for a busy processor are not lost
  enlargePacketBuffers({
    pid: Number(vswitchdPid()),
    receiveBytes: 2 << 20,
    sendBytes: 32 << 20,
    done: new Set(),
  });
}

function ip(...args: readonly string[]): void {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "inherit"] });
}

async function measureAll(): Promise<readonly Sample[]> {
  const answering = spawn(
    "ip",
    ["netns", "exec", names.to, process.execPath, script, "answer", String(greeting)],
    { stdio: "ignore" },
  );
  const samples: Sample[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      const pass = new Map<string, number>();
      const lookup = new Map<string, number>();
      const sets = Object.keys(flowSets);
      // each round begins with another one
      for (const name of [
        ...sets.slice(round % sets.length),
        ...sets.slice(0, round % sets.length),
      ]) {
        await install(name);
        pass.set(name, await measurePass());
        lookup.set(name, await measureLookups());
      }
      for (const name of sets) {
        const of = (values: Map<string, number>, key: string) => values.get(key) ?? Number.NaN;
        samples.push(
          { figure: `pass${name}`, round, value: of(pass, name), other: of(pass, "OneTable") },
          {
            figure: `lookup${name}`,
            round,
            value: of(lookup, name),
            other: of(lookup, "OneTable"),
          },
        );
      }
    }
  } finally {
    answering.kill();
  }
  return samples;
}

async function install(name: string): Promise<void> {
  const target = `unix:${ovs.mgmtSocket(bridge)}`;
  const file = join(ovs.runDir, "flows.txt");
  writeFileSync(file, (flowSets[name] ?? []).join("\n"));
  await ovs.ofctl("del-flows", target);
  await ovs.ofctl("--bundle", "add-flows", target, file);
  await ovs.appctl("dpctl/flush-conntrack");
  await ovs.appctl("dpctl/del-flows");
}

/** Nanoseconds a packet. The first ones teach the datapath their way. */
async function measurePass(): Promise<number> {
  await traffic({ first: greeting, count: 1 }, 100, passed.rate);
  return await costOf(() => traffic({ first: greeting, count: 1 }, passed.count, passed.rate));
}

async function measureLookups(): Promise<number> {
  await ovs.appctl("upcall/disable-megaflows");
  try {
    return await costOf(() => traffic(lookedUp, lookedUp.count, lookedUp.rate));
  } finally {
    await ovs.appctl("upcall/enable-megaflows");
    await ovs.appctl("dpctl/del-flows");
  }
}

/** Nanoseconds of the main thread for each packet that arrived. */
async function costOf(body: () => Promise<void>): Promise<number> {
  const before = { ns: mainThreadNs(), packets: delivered() };
  await body();
  const packets = delivered() - before.packets;
  if (packets < 1000) throw new Error(`only ${packets} packets arrived`);
  return (mainThreadNs() - before.ns) / packets;
}

interface Ports {
  readonly first: number;
  readonly count: number;
}

async function traffic({ first, count: of }: Ports, count: number, rate: number): Promise<void> {
  const words = [pods.to.addresses[0] ?? "", greeting, first, of, count, rate].map(String);
  const sending = spawn(
    "ip",
    ["netns", "exec", names.from, process.execPath, script, "send", ...words],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const [code] = (await once(sending, "exit")) as [number | null];
  if (code !== 0) throw new Error(`the sender ended with ${code}`);
}

/** What ovs-vswitchd gave to the second Pod: packets sent, the tenth number of proc(5) net/dev. */
function delivered(): number {
  const line = readFileSync("/proc/self/net/dev", "utf8")
    .split("\n")
    .find((one) => one.trim().startsWith(`${ports.to}:`));
  return Number(line?.split(":")[1]?.trim().split(/ +/)[9]);
}

/** On the processor, as the scheduler counts it: proc(5) schedstat. */
function mainThreadNs(): number {
  const pid = vswitchdPid();
  const [ns] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8").split(" ");
  return Number(ns);
}

function vswitchdPid(): string {
  const found = readdirSync("/proc").find((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      const words = readFileSync(`/proc/${entry}/cmdline`, "utf8").split("\0");
      return words[0]?.endsWith("ovs-vswitchd") && words.some((word) => word.includes(ovs.runDir));
    } catch {
      return false; // it has ended
    }
  });
  if (found === undefined) throw new Error("ovs-vswitchd runs");
  return found;
}

/** How many tables a packet of a known connection is looked up in, and in how many passes. */
async function walk(name: string): Promise<string> {
  await install(name);
  const { from, to } = pods;
  const packet = [
    ...["in_port=1", "udp", `dl_src=${from.mac}`, `dl_dst=${to.mac}`, "nw_ttl=64"],
    ...[
      `nw_src=${from.addresses[0]}`,
      `nw_dst=${to.addresses[0]}`,
      "udp_src=40000",
      "udp_dst=7001",
    ],
  ].join(",");
  const printed = await ovs.appctl("ofproto/trace", bridge, packet, "--ct-next", "trk,est");
  const looked = printed.match(/^ *\d+\. /gm)?.length ?? 0;
  const passes = (printed.match(/^recirc\(0x/gm)?.length ?? 0) + 1;
  return `${looked} tables, ${passes} ${passes === 1 ? "pass" : "passes"}`;
}

async function print(samples: readonly Sample[]): Promise<void> {
  console.log("| flows | | pass | more than one table | look-up | more than one table |");
  console.log("|---|---|---:|---:|---:|---:|");
  for (const name of Object.keys(flowSets)) {
    const cells = ["pass", "lookup"].flatMap((kind) => {
      const mine = samples.filter(({ figure }) => figure === `${kind}${name}`);
      const value = median(mine.map((one) => one.value));
      const more = median(mine.map((one) => one.value - one.other));
      return [`${value} ns`, `${more} ns`];
    });
    console.log(`| ${[name, await walk(name), ...cells].join(" | ")} |`);
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[sorted.length >> 1] ?? Number.NaN);
}
