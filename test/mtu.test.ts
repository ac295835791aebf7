import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { type SteadyTraffic, steadyTraffic, total } from "@antrea/linux/testing";
import {
  eventually,
  labForFile,
  ping,
  podNetns,
  setAgentConfig,
  startPods,
} from "./support/cluster.ts";
import { datapathLine } from "./support/datapath.ts";
import { dualStack } from "./support/dual-stack.ts";
import { countOverruns } from "./support/overruns.ts";

const lab = labForFile("mtu", {
  ...{ mode: "hybrid", tunnel: "geneve", ipFamily: "dual" },
  ...{ nodes: 3, subnets: 2 },
});
const { addressesOf } = dualStack(lab);

/** node-1 and node-2 share a subnet, node-3 is beyond the router. */
const pods = [
  { name: "here", node: "node-1" },
  { name: "near", node: "node-2" },
  { name: "far", node: "node-3" },
];
const namespaces = new Map<string, string>();

function inNetns(pod: string, program: string, ...args: readonly string[]): string {
  return execFileSync("nsenter", [`--net=${namespaces.get(pod)}`, program, ...args], {
    encoding: "utf8",
  });
}

/** The MTU of a Pod's link, and what it sends to an address. */
function linkMtu(pod: string): number {
  return JSON.parse(inNetns(pod, "ip", "-json", "link", "show", "eth0"))[0].mtu;
}
function sent(pod: string, address: string): number {
  const route = inNetns(pod, "ip", "route", "get", address);
  return Number(/ mtu (?:lock )?(\d+)/.exec(route)?.[1] ?? linkMtu(pod));
}

const config = (perPeer: boolean, mtu = 0): string =>
  `trafficEncapMode: hybrid\ntunnelType: geneve\nperPeerMTU: ${perPeer}\ndefaultMTU: ${mtu}\n${datapathLine}`;

/** Fragments that a Pod has made of what it was to send, of both IP families. */
function fragments(pod: string): number {
  const counters = inNetns(pod, "nstat", "-asz", "IpFragCreates", "Ip6FragCreates");
  return [...counters.matchAll(/FragCreates\s+(\d+)/g)].reduce((sum, [, n]) => sum + Number(n), 0);
}

test("Pods that were there before send whole packets of the link to a direct peer, and what a tunnel carries to the others", async () => {
  await startPods(lab(), pods);
  for (const { name, node } of pods)
    namespaces.set(name, await podNetns(lab(), node, { pod: name, container: name }));
  assert.deepEqual([linkMtu("here"), linkMtu("near")], [1450, 1450]);

  await setAgentConfig(lab(), config(true));
  await eventually("links of 1500 bytes", () => pods.every(({ name }) => linkMtu(name) === 1500));
  for (const [to, mtu] of [
    ["near", 1500],
    ["far", 1450],
  ] as const)
    for (const address of await addressesOf(to))
      await eventually(`${mtu} bytes go to ${address}`, () => sent("here", address) === mtu);
});

for (const [to, isWhole] of [
  ["near", true],
  ["far", false],
] as const)
  test(`UDP of 1500 bytes, TCP and echoes in fragments come whole to a Pod ${to}, over both IP families`, async () => {
    const addresses = await addressesOf(to);
    const before = fragments("here");
    await using traffic = await steadyTraffic({
      ...flow(to, addresses),
      bytes: 1500,
    });
    await traffic.untilMore();
    const { sent: out, received } = await traffic.stop();
    assert.equal(total(received.datagrams), total(out.datagrams));
    assert.equal(fragments("here") === before, isWhole);
    for (const address of addresses)
      assert.equal(await ping(lab(), "here", address, { sizeBytes: 4000 }), 3, address);
  });

test("what somebody changes in a Pod is put back and told, and nothing else was told before", async () => {
  const told = async (): Promise<readonly string[]> => {
    const list = ["get", "events", "-A", "--field-selector", "reason=DriftCorrected", "-o", "json"];
    const { items } = JSON.parse(await lab().kubectl(list));
    return items.map(({ message }: { message: string }) => message);
  };
  assert.deepEqual(await told(), []);
  inNetns("here", "ip", "link", "set", "eth0", "mtu", "1400");
  await eventually("the link has its MTU", () => linkMtu("here") === 1500);
  await eventually("an Event says so", async () => (await told()).length > 0);
  assert.match((await told()).join("\n"), /^.*~ MTU of default\/here.*$/);
});

test("running Pods have one MTU for all again once perPeerMTU is taken back, and no datagram is lost", async () => {
  await using near = await steadyTraffic({
    ...flow("near", await addressesOf("near")),
    bytes: 1500,
  });
  const overruns = await countOverruns(lab());
  await near.untilMore();
  await setAgentConfig(lab(), config(false));
  await eventually("links of 1450 bytes", () => pods.every(({ name }) => linkMtu(name) === 1450));
  for (const address of [...(await addressesOf("near")), ...(await addressesOf("far"))])
    assert.equal(sent("here", address), 1450);
  assert.doesNotMatch(inNetns("here", "ip", "route", "show"), /proto 167| mtu /);
  await near.untilMore();
  const lost = lostOf(await near.stop());
  assert.ok(lost <= (await overruns.stop()), `${lost} lost`);
});

test("a lower and a higher MTU come to running Pods with no agent restarted and no datagram lost", async () => {
  const addresses = [...(await addressesOf("near")), ...(await addressesOf("far"))];
  await using near = await steadyTraffic(flow("near", addresses.slice(0, 2)));
  await using far = await steadyTraffic(flow("far", addresses.slice(2)));
  const overruns = await countOverruns(lab());
  for (const mtu of [1400, 1450]) {
    await setAgentConfig(lab(), config(false, mtu));
    await eventually(`links of ${mtu} bytes`, () =>
      pods.every(({ name }) => linkMtu(name) === mtu),
    );
    await eventually(`routes of ${mtu} bytes`, () =>
      addresses.every((a) => sent("here", a) === mtu),
    );
    for (const traffic of [near, far]) await traffic.untilMore();
  }
  const lost = lostOf(await near.stop()) + lostOf(await far.stop());
  assert.ok(lost <= (await overruns.stop()), `${lost} lost`);
});

/** Datagrams that did not come. */
function lostOf({ sent: out, received }: Awaited<ReturnType<SteadyTraffic["stop"]>>): number {
  return total(out.datagrams) - total(received.datagrams);
}

function flow(to: string, addresses: readonly string[]) {
  const [from, there] = [namespaces.get("here"), namespaces.get(to)];
  assert.ok(from && there);
  return { from, to: there, addresses, bytes: 1450, rate: 100 };
}
