/**
 * What an uplink by AF_XDP brings over one by packet sockets: Pods on two bridges that are joined by a
 * veth pair, the uplink of both. Every round measures each kind of uplink, with the packet sockets'
 * buffers as large as the product has them. Run as root, in a network namespace of its own, since the
 * datapath's devices have fixed names:
 *
 *     unshare --net node bench/afxdp.ts [ROUNDS] [SECONDS]
 *
 * Prints medians, ratios within rounds, processor time of a GB, and what an AF_XDP port weighs.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { systemClock } from "@antrea/base/io";
import { enlargePacketBuffers } from "@antrea/linux/io";
import { type Ovs, startOvs } from "@antrea/openflow/testing";

const [rounds = 5, seconds = 2] = process.argv.slice(2).map(Number);
const bufferBytes = 2 << 20;

/** Options of ovs-vsctl for each kind of uplink. */
const kinds = {
  "packet socket": [],
  AF_XDP: ["type=afxdp-nonpmd", "options:n_rxq=1"],
} as const;
type Kind = keyof typeof kinds;

interface Host {
  readonly namespace: string;
  readonly address: string;
  readonly bridge: string;
  readonly pod: string;
  readonly uplink: string;
}

await using ovs = await startOvs({ datapath: "netdev" });
const pid = vswitchdOf(ovs);
const hosts = [1, 2].map(
  (number): Host => ({
    namespace: `antrea-bench-xdp${number}`,
    address: `10.244.9.${number}`,
    bridge: `br${number}`,
    pod: `pod${number}`,
    uplink: `uplink${number}`,
  }),
);
const [here, there] = hosts as [Host, Host];

try {
  for (const host of hosts) addPod(host);
  ip("link", "add", here.uplink, "type", "veth", "peer", "name", there.uplink);
  for (const { uplink } of hosts) {
    ip("link", "set", uplink, "up");
    execFileSync("ethtool", ["-K", uplink, "tx", "off", "gro", "off"], { stdio: "ignore" });
  }
  for (const { bridge, pod } of hosts)
    await ovs.vsctl(
      ...["add-br", bridge, "--", "set", "bridge", bridge, "datapath_type=netdev"],
      ...["--", "add-port", bridge, pod],
    );
  await measureAll();
} finally {
  for (const { namespace } of hosts) execFileSync("ip", ["netns", "delete", namespace]);
  ip("link", "delete", here.uplink);
}

async function measureAll(): Promise<void> {
  const taken = new Map<Kind, { mbps: number; cpu: number; rss: number; pings: number }[]>();
  const order = Object.keys(kinds) as Kind[];
  for (let round = 0; round < rounds; round++)
    for (const kind of round % 2 === 0 ? order : order.toReversed()) {
      await joinBy(kind);
      const pings = await answeredPings();
      const before = cpuSeconds();
      const mbps = await stream(kind);
      const cpu = (cpuSeconds() - before) / ((mbps * seconds) / 8 / 1000);
      const rss = residentMb(pid);
      taken.set(kind, [...(taken.get(kind) ?? []), { mbps, cpu, rss, pings }]);
    }
  const [sockets = [], xdp = []] = order.map((kind) => taken.get(kind));
  for (const kind of order) {
    const of = (key: "mbps" | "cpu" | "rss" | "pings") =>
      median((taken.get(kind) ?? []).map((one) => one[key]));
    console.log(
      `${kind}: ${of("mbps")} Mbit/s, ${of("cpu")} s of ovs-vswitchd for a GB, ${of("rss")} MB resident, ${of("pings")} of 20 pings answered`,
    );
  }
  const ratio = (key: "mbps" | "cpu") => xdp.map((one, i) => one[key] / (sockets[i]?.[key] ?? 1));
  console.log(
    `AF_XDP to packet sockets: stream ${spread(ratio("mbps"))}, processor ${spread(ratio("cpu"))}`,
  );
}

/** Takes the uplink out of both bridges and puts it back as a port of this kind. */
async function joinBy(kind: Kind): Promise<void> {
  for (const { bridge, uplink } of hosts)
    await ovs.vsctl("--if-exists", "del-port", bridge, uplink);
  for (const { bridge, uplink } of hosts) {
    const options =
      kinds[kind].length > 0 ? ["--", "set", "interface", uplink, ...kinds[kind]] : [];
    await ovs.vsctl("add-port", bridge, uplink, ...options);
    const error = await ovs.vsctl("get", "interface", uplink, "error");
    if (error.trim() !== "[]") throw new Error(`${uplink} as ${kind}: ${error}`);
    enlargePacketBuffers({
      pid,
      receiveBytes: bufferBytes,
      sendBytes: bufferBytes,
      done: new Set(),
    });
  }
  await systemClock.sleep(500); // the peer's queue wakes when both ends are bound
}

function addPod({ namespace, address, pod }: Host): void {
  ip("netns", "add", namespace);
  ip("link", "add", pod, "type", "veth", "peer", "name", "eth0", "netns", namespace);
  ip("link", "set", pod, "up");
  ip("-n", namespace, "address", "add", `${address}/24`, "dev", "eth0");
  ip("-n", namespace, "link", "set", "eth0", "up");
  execFileSync("ip", ["netns", "exec", namespace, "ethtool", "-K", "eth0", "tx", "off"], {
    stdio: "ignore",
  });
}

async function answeredPings(): Promise<number> {
  const asking = spawn("ip", [
    ...["netns", "exec", here.namespace, "ping", "-q", "-c", "20", "-i", "0.02", "-W", "1"],
    there.address,
  ]);
  const said = await outputOf(asking);
  return Number(/(\d+) received/.exec(said)?.[1] ?? 0);
}

/** Mbit/s that the receiver counted. */
async function stream(kind: Kind): Promise<number> {
  const server = spawn("ip", ["netns", "exec", there.namespace, "iperf3", "-s", "-1"], {
    stdio: "ignore",
  });
  await systemClock.sleep(300);
  const said = await outputOf(
    spawn("ip", [
      ...["netns", "exec", here.namespace, "iperf3", "-c", there.address],
      ...["-t", String(seconds), "--json", "--connect-timeout", "3000"],
    ]),
  );
  server.kill();
  const { end, error } = JSON.parse(said) as {
    end?: { sum_received?: { bits_per_second: number } };
    error?: string;
  };
  if (error !== undefined) throw new Error(`a stream by ${kind}: ${error}`);
  return (end?.sum_received?.bits_per_second ?? 0) / 1e6;
}

async function outputOf(child: ReturnType<typeof spawn>): Promise<string> {
  const chunks: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(child, "close");
  return Buffer.concat(chunks).toString();
}

function vswitchdOf({ runDir }: Ovs): number {
  const found = readdirSync("/proc").find((entry) => {
    try {
      return (
        /^\d+$/.test(entry) &&
        readFileSync(`/proc/${entry}/comm`, "utf8") === "ovs-vswitchd\n" &&
        readFileSync(`/proc/${entry}/cmdline`, "utf8").includes(runDir)
      );
    } catch {
      return false; // it has ended
    }
  });
  if (found === undefined) throw new Error("ovs-vswitchd runs");
  return Number(found);
}

/** User and system time of ovs-vswitchd, in seconds: fields 14 and 15 of proc(5) stat. */
function cpuSeconds(): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function residentMb(of: number): number {
  const status = readFileSync(`/proc/${of}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
}

function ip(...args: readonly string[]): void {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "inherit"] });
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round((sorted[sorted.length >> 1] ?? Number.NaN) * 100) / 100;
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b).map((value) => value.toFixed(2));
  return `${median(values)} × (${sorted[0]} to ${sorted.at(-1)})`;
}
