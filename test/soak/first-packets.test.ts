import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type KubeClient, resources } from "@antrea/kube";
import { cidrOf, ipFromBigInt, ipToBigInt, parseIp } from "@antrea/net";
import { type Attacker, startAttacker } from "../support/attack.ts";
import { apiOf } from "../support/kube-client.ts";
import { eventually, labForFile, podNetns, startPods } from "../support/cluster.ts";
import { addressOf, type Container, type Plugin, pluginOn } from "../support/plugin-calls.ts";

/**
 * Pods that start and end under attack, in a Namespace where nothing is allowed: each sends from the moment
 * that its namespace is there until its object is gone, and is sent to, from its own Node and from another,
 * before it has its address.
 * Pods of the real API on a Node whose kubelet is off, by the plugin that is installed there.
 * `SOAK_STARTS` says how many.
 */
const starts = Number(process.env["SOAK_STARTS"] ?? 1000);
/** Of Pods that may: the attack must come through there. */
const controls = 10;
/** How long a Pod is watched after its ADD, in milliseconds. */
const watchedMs = 100;

const lab = labForFile("first", { mode: "encap", nodes: 2, subnets: 1 });

interface Attack {
  readonly client: KubeClient;
  readonly plugin: Plugin;
  /** Whom new Pods may not send to. */
  readonly victim: Attacker;
  readonly victimAddress: string;
  /** Who may not send to new Pods. */
  readonly near: Attacker;
  readonly far: Attacker;
}

/** What one start let through. */
interface Delivered {
  readonly address: string;
  readonly in: number;
  readonly out: number;
  /** What its own attacker sent. */
  readonly tried: number;
}

test(`${starts} Pods start and end under attack, and no denied packet is delivered`, async () => {
  await using attack = await prepare();
  let last = await start(attack, "open", 0, "10.244.0.1");
  for (let n = 1; n < controls; n++) last = await start(attack, "open", n, last.address);
  let tried = 0;
  const victimBefore = attack.victim.received();
  const leaks: Delivered[] = [];
  for (let n = 0; n < starts; n++) {
    last = await start(attack, "closed", n, last.address);
    tried += last.tried;
    if (last.in + last.out > 0) leaks.push(last);
    if ((n + 1) % 100 === 0)
      console.log(`${n + 1} Pods, ${tried} datagrams tried, ${leaks.length} leaked`);
  }
  assert.ok(tried > starts, "Pods sent");
  assert.deepEqual(leaks, []);
  assert.equal(attack.victim.received(), victimBefore, "nothing came late either");
});

const namespace = (name: string) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } });

async function prepare(): Promise<Attack & AsyncDisposable> {
  await lab().apply([
    namespace("open"),
    namespace("closed"),
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "nothing", namespace: "closed" },
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    },
  ]);
  const addresses = await startPods(lab(), [
    { name: "victim", node: "node-1" },
    { name: "far", node: "node-1" },
    { name: "near", node: "node-2" },
  ]);
  const attacker = async (pod: string, node: string): Promise<Attacker> =>
    startAttacker(await podNetns(lab(), node, { pod, container: pod }));
  const victim = await attacker("victim", "node-1");
  const near = await attacker("near", "node-2");
  const far = await attacker("far", "node-1");
  await lab().stop("node-2/kubelet");
  return {
    client: await apiOf(lab()),
    plugin: pluginOn(lab().node("node-2")),
    victim,
    victimAddress: addresses.get("victim") ?? assert.fail("the victim has an address"),
    near,
    far,
    async [Symbol.asyncDispose]() {
      for (const one of [victim, near, far]) await one[Symbol.asyncDispose]();
    },
  };
}

/** `before` is the address of the Pod before, which tells the one that is to come. */
async function start(
  { client, plugin, victim, victimAddress, near, far }: Attack,
  where: "open" | "closed",
  n: number,
  before: string,
): Promise<Delivered> {
  const name = `${where}-${n}`;
  await plugin.makeNetns(name);
  try {
    await using own = await startAttacker(`/var/run/netns/${name}`, { node: lab().node("node-2") });
    await own.aim([victimAddress]);
    for (const one of [near, far]) await one.aim(nextAddresses(before));
    const victimBefore = victim.received();
    const uid = await makeObject(client, where, name);
    const container: Container = { id: name, netns: name, pod: { namespace: where, name, uid } };
    const end = await plugin.add(container); // no moment later
    assert.equal(end.kind, "done", JSON.stringify(end));
    // whom to send to is not known of the first
    const isReached = () => (n === 0 || own.received() > 0) && victim.received() > victimBefore;
    if (where === "open") await eventually("the attack reaches who is open", isReached);
    else await sleep(watchedMs);
    await plugin.del(container);
    await client.delete(resources.pods, { namespace: where, name }, { gracePeriodSeconds: 0 });
    const tried = await own.aim([]);
    const delivered = { in: own.received(), out: victim.received() - victimBefore, tried };
    for (const one of [near, far]) await one.aim([]);
    return { address: end.kind === "done" ? addressOf(end.stdout) : before, ...delivered };
  } finally {
    await plugin.removeNetns(name);
  }
}

/** The next ones that the Node may give: it goes round its Pod CIDR. */
function nextAddresses(before: string): readonly string[] {
  const address = parseIp(before) ?? assert.fail(before);
  const first = ipToBigInt(cidrOf(address, 24).split("/")[0] as typeof address);
  const offset = ipToBigInt(address) - first;
  return [1n, 2n, 3n].map((step) => ipFromBigInt(first + ((offset + step) % 254n), "ipv4"));
}

/** A Pod object of which nobody has heard before; gives its UID. */
async function makeObject(client: KubeClient, namespace: string, name: string): Promise<string> {
  const made = await client.create(resources.pods, {
    metadata: { name, namespace },
    spec: {
      nodeName: "node-2",
      tolerations: [{ operator: "Exists" }],
      containers: [{ name: "none", image: "registry.k8s.io/pause:3.10.2" }],
    },
  });
  return made.metadata?.uid ?? assert.fail("a Pod has a UID");
}
