import { mkdirSync, rmSync } from "node:fs";
import { plainBridges } from "../../fabric/build.ts";
import { type Argv, run } from "../../io/command.ts";
import { inNamespaces } from "../../io/enter.ts";
import { waitFor } from "../../io/wait.ts";
import {
  bridgeCommands,
  floorHosts,
  type FloorHostPlan,
  type FloorPod,
  idlePortNames,
  tunnelMtu,
  uplinkGuard,
} from "../floor-plan.ts";
import type { Children, HeldNamespace } from "./namespace.ts";
import type { SwitchProcess } from "./switch-process.ts";
import { enterSiblingCgroup, switchProcessIn } from "./switch-process.ts";
import type { Endpoint } from "./traffic.ts";

export interface FloorHost {
  readonly net: string;
  readonly pods: readonly Endpoint[];
  readonly vswitchd: SwitchProcess;
  /** ovs-vsctl(8) of this host, which needs not be run in its namespace. */
  vsctl(...args: readonly string[]): Argv;
  ip(...args: readonly string[]): Promise<string>;
}

export interface FloorOptions {
  readonly folder: string;
  readonly children: Children;
  /** Per host: how many ports that carry nothing. */
  readonly idlePorts: readonly number[];
  /** Per host: the product's ovs-vswitchd, whose share of the processor the floor's gets too. */
  readonly models: readonly SwitchProcess[];
  readonly signal: AbortSignal;
}

/** Builds the floor: two hosts and a wire between them. It ends with `children`. */
export async function buildFloor(options: FloorOptions): Promise<readonly FloorHost[]> {
  const wire = await options.children.namespace();
  const quiet: Argv = ["sysctl", "-q", "-e", "-w", ...plainBridges];
  await run(inNamespaces({ net: wire.net }, quiet), { signal: options.signal });
  await batch(wire.net, [
    "link add wire type bridge stp_state 0 mcast_snooping 0 forward_delay 0",
    "link set wire up",
  ]);
  const hosts: FloorHost[] = [];
  for (const [i, plan] of floorHosts.entries()) hosts.push(await buildHost(plan, wire, i, options));
  return hosts;
}

async function buildHost(
  plan: FloorHostPlan,
  wire: HeldNamespace,
  index: number,
  { folder, children, idlePorts, models, signal }: FloorOptions,
): Promise<FloorHost> {
  const { net } = await children.namespace();
  await withoutIpv6(net);
  await plugUplink(net, wire, plan);
  const idle = idlePortNames(idlePorts[index] ?? 0);
  await batch(
    net,
    idle.flatMap((name) => vethOfItsOwn(name)),
  );
  const pods: Endpoint[] = [];
  for (const pod of plan.pods) pods.push(await makePod(net, pod, children));
  const vsctl = await startOvs(`${folder}/floor-${plan.number}`, net, children, signal);
  const vswitchd = await waitFor(() => switchProcessIn(net), {
    what: "the floor's ovs-vswitchd",
    timeoutMs: 10_000,
    remedy: "run the benchmark again",
    signal,
  });
  const model = models[index];
  if (model) enterSiblingCgroup(vswitchd, model);
  await run(vsctl(...bridgeCommands(plan, idle)), { signal });
  await batch(net, [
    `address add ${plan.underlay}/24 dev br-phy`,
    "link set br-phy up",
    "link set br-int up",
  ]);
  await noOffloads(net, "br-phy");
  const ip = (...args: readonly string[]) => run(inNamespaces({ net }, ["ip", ...args]));
  return { net, pods, vswitchd, vsctl, ip };
}

/** The host's link to the wire, whose frames are for the bridge alone. */
async function plugUplink(
  net: string,
  wire: HeldNamespace,
  { number }: FloorHostPlan,
): Promise<void> {
  const end = `host${number}`;
  await batch(net, [
    "link set lo up",
    `link add uplink type veth peer name ${end} netns ${wire.pid}`,
    "link set uplink up",
  ]);
  await batch(wire.net, [`link set ${end} master wire up`]);
  await noOffloads(wire.net, end);
  await noOffloads(net, "uplink");
  await run(inNamespaces({ net }, ["nft", "-f", "-"]), { input: uplinkGuard });
}

/** The host's ends of Pods' links become ports once the bridge is there. */
async function makePod(
  net: string,
  { port, address }: FloorPod,
  children: Children,
): Promise<Endpoint> {
  const pod = await children.namespace();
  await withoutIpv6(pod.net);
  const peer = `peer name eth0 mtu ${tunnelMtu} netns ${pod.pid}`;
  await batch(net, [`link add ${port} mtu ${tunnelMtu} type veth ${peer}`, `link set ${port} up`]);
  await batch(pod.net, [
    "link set lo up",
    `address add ${address}/16 dev eth0`,
    "link set eth0 up",
  ]);
  await noOffloads(pod.net, "eth0");
  return { net: pod.net, address };
}

/** A pair of which one end becomes a port, and nobody uses the other. */
function vethOfItsOwn(name: string): readonly string[] {
  return [
    `link add ${name} type veth peer name ${name}p`,
    `link set ${name} up`,
    `link set ${name}p up`,
  ];
}

async function withoutIpv6(net: string): Promise<void> {
  const settings = ["all", "default"].map((scope) => `net.ipv6.conf.${scope}.disable_ipv6=1`);
  await run(inNamespaces({ net }, ["sysctl", "-qw", ...settings]));
}

/** Gives the ovs-vsctl(8) command of the new Open vSwitch. */
async function startOvs(
  dir: string,
  net: string,
  children: Children,
  signal: AbortSignal,
): Promise<FloorHost["vsctl"]> {
  rmSync(dir, { recursive: true, force: true }); // of an earlier run on a lab that was kept
  mkdirSync(dir, { recursive: true });
  const schema = "/usr/share/openvswitch/vswitch.ovsschema";
  await run(["ovsdb-tool", "create", `${dir}/conf.db`, schema], { signal });
  const env = { OVS_RUNDIR: dir, OVS_LOGDIR: dir, OVS_DBDIR: dir };
  const quiet = ["-vconsole:off", "-vsyslog:off"];
  const inside = (...argv: Argv) => inNamespaces({ net }, argv);
  children.start(
    inside(
      "ovsdb-server",
      `${dir}/conf.db`,
      `--remote=punix:${dir}/db.sock`,
      `--unixctl=${dir}/db.ctl`,
      ...quiet,
    ),
    { env },
  );
  const vsctl = (...args: readonly string[]): Argv => [
    "ovs-vsctl",
    `--db=unix:${dir}/db.sock`,
    "--timeout=20",
    ...args,
  ];
  await run(vsctl("--retry", "--no-wait", "init"), { signal });
  children.start(
    inside("ovs-vswitchd", `unix:${dir}/db.sock`, `--unixctl=${dir}/vswitchd.ctl`, ...quiet),
    { env },
  );
  return vsctl;
}

/** The user-space datapath hands checksums on as they are, so senders must finish them. */
async function noOffloads(net: string, device: string): Promise<void> {
  await run(inNamespaces({ net }, ["ethtool", "-K", device, "tx", "off"]));
}

async function batch(net: string, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  await run(inNamespaces({ net }, ["ip", "-batch", "-"]), { input: `${lines.join("\n")}\n` });
}
