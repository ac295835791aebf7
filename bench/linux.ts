/**
 * What the host network room costs, in milliseconds: `node bench/linux.ts`, as root.
 * Each figure is of one call, wall clock, in one process, interleaved with the others so that a noisy
 * moment hits all alike. "six × ip" wires a Pod by iproute2 as the room does by netlink.
 */
import { execFileSync } from "node:child_process";
import { type HostEvent, hostState, type PodVethSpec, route, routeProtocol } from "@antrea/linux";
import { hostNetwork } from "@antrea/linux/io";
import { parseCidr, parseInterfaceAddress, parseIp, parseMac } from "@antrea/net";

const rounds = Number(process.argv[2] ?? 50);
const node = "antlx-bench-node";
const pod = "antlx-bench-pod";
const ip = (...args: readonly string[]) => execFileSync("ip", args, { stdio: "ignore" });

/** One figure: what is timed, and what readies the ground before and clears it after, untimed. */
interface Subject {
  readonly name: string;
  before?(): unknown;
  run(): unknown;
  after?(): unknown;
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("a constant of the benchmark cannot be parsed");
  return value;
}

const spec: PodVethSpec = {
  hostName: "bench-000000",
  netnsPath: `/run/netns/${pod}`,
  ifname: "eth0",
  mac: required(parseMac("0a:58:0a:0a:01:07")),
  mtu: 1450,
  addresses: [required(parseInterfaceAddress("10.10.1.7/24"))],
  gateways: [
    {
      address: required(parseIp("10.10.1.1")),
      mac: required(parseMac("0a:00:00:00:00:01")),
    },
  ],
};

function subjects(): readonly Subject[] {
  const network = hostNetwork({ netnsPath: `/run/netns/${node}` });
  const clear = () => network.deletePodVeths([spec.hostName]);
  const wiring = (name: string, more: Partial<PodVethSpec>): Subject => ({
    name: `createPodVeth, ${name}`,
    run: () => network.createPodVeth({ ...spec, ...more }),
    after: clear,
  });
  const routes = Array.from({ length: 1000 }, (_, i) =>
    route({
      destination: required(parseCidr(`10.${100 + (i >> 8)}.${i & 255}.0/24`)),
      protocol: routeProtocol.antrea,
      type: "blackhole",
    }),
  );
  const wish = {
    desired: hostState({ routes }),
    owns: { routes: (r: { protocol: number }) => r.protocol === routeProtocol.antrea },
  };
  const nothing = { desired: hostState({}), owns: wish.owns };
  return [
    wiring("plain", {}),
    wiring("tx off", { offloads: { tx: false } }),
    wiring("tx off, isolated", { offloads: { tx: false }, isIsolated: true }),
    { name: "six × ip", run: byIp, after: clear },
    { name: "deletePodVeths", before: () => network.createPodVeth(spec), run: clear },
    { name: "converge, 1000 routes to add", run: () => network.converge(wish) },
    { name: "converge, 1000 routes as they are", run: () => network.converge(wish) },
    { name: "converge, 1000 routes to remove", run: () => network.converge(nothing) },
    { name: "watch, from change to event", run: () => nextEvent(network) },
  ];
}

function byIp(): void {
  ip(
    ..."-n antlx-bench-node link add bench-000000 mtu 1450 type veth peer name eth0 mtu 1450".split(
      " ",
    ),
    ..."address 0a:58:0a:0a:01:07 netns antlx-bench-pod".split(" "),
  );
  ip(..."-n antlx-bench-node link set bench-000000 up".split(" "));
  ip(..."-n antlx-bench-pod address add 10.10.1.7/24 dev eth0".split(" "));
  ip(..."-n antlx-bench-pod link set eth0 up".split(" "));
  ip(..."-n antlx-bench-pod route add default via 10.10.1.1".split(" "));
  ip(..."-n antlx-bench-pod neigh add 10.10.1.1 lladdr 0a:00:00:00:00:01 dev eth0".split(" "));
}

let mtu = 65000;

/** A change of the loopback's MTU, until its event arrives. */
async function nextEvent(network: ReturnType<typeof hostNetwork>): Promise<void> {
  const end = new AbortController();
  mtu = mtu === 65000 ? 64000 : 65000;
  const seen = new Promise<void>((resolve) => {
    const isIt = (e: HostEvent) => e.kind === "link" && e.link.mtu === mtu;
    network.watch((e) => (isIt(e) ? resolve() : undefined), {
      signal: end.signal,
      kinds: ["link"],
    });
  });
  await network.converge({ desired: hostState({ links: [{ name: "lo", mtu }] }), owns: {} });
  await seen;
  end.abort();
}

async function main(): Promise<void> {
  for (const name of [node, pod]) ip("netns", "add", name);
  try {
    const all = subjects().map((subject) => ({ ...subject, times: [] as number[] }));
    for (let round = 0; round < rounds; round++) {
      for (const { before, run, after, times } of all) {
        await before?.();
        const started = performance.now();
        await run();
        times.push(performance.now() - started);
        await after?.();
      }
    }
    console.table(Object.fromEntries(all.map(({ name, times }) => [name, summary(times)])));
  } finally {
    for (const name of [node, pod]) ip("netns", "del", name);
  }
}

function summary(times: readonly number[]): Record<string, string> {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(2);
  return { median: at(0.5), p95: at(0.95), min: at(0) };
}

await main();
