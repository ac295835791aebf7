import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { samplesOf } from "@antrea/base/testing";
import { objectNames, paths } from "@antrea/api";
import { type KubeClient, resources } from "@antrea/kube";
import { patience } from "@antrea/lab";
import {
  agentPod,
  eventually,
  inOpenVSwitch,
  killerOf,
  labForFile,
  ping,
  timeout,
} from "./support/cluster.ts";
import { startAttacker } from "./support/attack.ts";
import { apiOf } from "./support/kube-client.ts";
import { freezeAgent, switchTo } from "./support/mode-change.ts";
import { agentLog } from "./support/node-state.ts";
import { addressOf, type Plugin, pluginOn } from "./support/plugin-calls.ts";
import { besiege, nodes, type Siege, toVictim } from "./support/siege.ts";
import { countOverruns } from "./support/overruns.ts";
import { steadyPing } from "./support/steady-ping.ts";

/** Policies on bad days, under a steady attack on all that they deny: not one datagram may come. */
const lab = labForFile("badpol", { mode: "encap", nodes: 2, subnets: 1 });

const namespace = "kube-system";
const controller = ["-n", namespace, "deployment/antrea-controller"] as const;
let client: KubeClient;
let siege: Siege;

after(() => siege?.[Symbol.asyncDispose]());

const onAll = (work: (node: string) => Promise<unknown>) => Promise.all(nodes.map(work));

const daemons = ["ovs-vswitchd", "ovsdb-server"] as const;
const pidsIn = (names: readonly string[]) => names.map((name) => `$(cat ${name}.pid)`).join(" ");
const kill = (node: string, ...names: readonly string[]) =>
  inOpenVSwitch(lab(), node, [
    ...["sh", "-c", `cd /var/run/openvswitch && kill -9 ${pidsIn(names)}`],
  ]);

async function agentKiller(node: string): Promise<() => Promise<unknown>> {
  const pod = await agentPod(lab(), node);
  return killerOf(lab(), node, { namespace, pod, container: "antrea-agent" });
}

async function scaleController(replicas: number): Promise<void> {
  await lab().kubectl(["scale", ...controller, `--replicas=${replicas}`]);
  if (replicas > 0) await lab().kubectl(["rollout", "status", ...controller, timeout(120)]);
  else
    await lab().kubectl([
      ...["-n", namespace, "wait", "--for=delete", "pod"],
      ...["-l", "component=antrea-controller", timeout(60)],
    ]);
}

async function metricOf(node: string, name: string): Promise<number> {
  const url = "http://127.0.0.1:10349/metrics";
  const { stdout } = await lab().node(node).attempt(["curl", "-sS", "--max-time", "5", url]);
  return samplesOf(stdout).get(name) ?? Number.NaN;
}

const reaches = async (pod: "late" | "friend"): Promise<boolean> =>
  (await ping(lab(), pod, siege.address("victim"), { count: 1 })) === 1;

test("the siege begins: what is denied is denied, and what is not comes", async () => {
  client = await apiOf(lab());
  siege = await besiege(lab());
});

test("ovs-vswitchd killed on both Nodes: what is denied stays so, what is allowed comes back", async (t) => {
  await siege.hold(t, () => onAll((node) => kill(node, "ovs-vswitchd")));
});

async function killAll(): Promise<void> {
  const agents = await Promise.all(nodes.map(agentKiller));
  await Promise.all([
    onAll((node) => kill(node, ...daemons)),
    ...agents.map((killAgent) => killAgent()),
  ]);
}

test("ovs-vswitchd, ovsdb-server and the agents killed at once, on both Nodes", async (t) => {
  await siege.hold(t, killAll);
});

test("all three killed while no controller is: the kept policies are in force first", async (t) => {
  await scaleController(0);
  await siege.hold(t, killAll);
  await siege.hold(t, () => scaleController(1));
});

test("agents that stand still while Open vSwitch starts anew go on with an empty switch, and fill it", async (t) => {
  await siege.hold(t, async () => {
    const held = await Promise.all(nodes.map((node) => freezeAgent(lab(), node)));
    await onAll((node) => kill(node, ...daemons));
    for (const node of nodes)
      await eventually(`${node} has an empty switch`, async () => (await flowCount(node)) === 0);
    for (const one of held) await one.release();
  });
});

async function flowsOf(node: string): Promise<readonly string[]> {
  const dump = ["ovs-ofctl", "--no-stats", "dump-flows", "br-int"];
  const text = await inOpenVSwitch(lab(), node, dump);
  return text.split("\n").filter((line) => line.includes("actions="));
}

/** How many flows a Node's switch has; undefined while there is none. */
const flowCount = (node: string): Promise<number | undefined> =>
  flowsOf(node).then(
    ({ length }) => length,
    () => undefined,
  );

test("kept policies lost, switch emptied, no controller: no Pod of before gets a flow until policies are told", async (t) => {
  await scaleController(0);
  await siege.hold(t, async () => {
    const killAgent = await agentKiller("node-1");
    await lab().node("node-1").exec(["rm", "-rf", paths.policyFolder]);
    await Promise.all([kill("node-1", ...daemons), killAgent()]);
    await eventually(
      "the agent goes on without policies",
      async () => {
        const log = await agentLog(lab(), "node-1").catch(() => "");
        return log.includes("No policies are known") && log.includes("Ready to connect Pods");
      },
      90_000, // the kubelet lets a container wait for 40 s that has ended three times
    );
    const reached = siege.reached();
    const { far } = await siege.sent();
    await eventually(
      "attackers have sent more",
      async () => (await siege.sent()).far > far + 2_000 / patience(),
    );
    assert.equal(siege.reached(), reached, "nor does who is open get anything");
    await scaleController(1);
  });
});

/** Who leads and is not `former`, whose lease ends some seconds after it did. */
async function leadingPod(former?: string): Promise<string> {
  const name = { namespace, name: objectNames.controllerLease };
  let holder: string | undefined;
  await eventually("somebody else leads", async () => {
    const { spec } = await client.get(resources.leases, name);
    holder = spec?.holderIdentity?.split("_")[0];
    return holder !== undefined && holder !== former;
  });
  return holder ?? assert.fail("somebody leads");
}

test("a change of policy while one of two controllers takes over comes into force", async (t) => {
  await scaleController(2);
  let leader: string | undefined;
  await siege.hold(t, async () => {
    for (const roles of [["friend", "nobody"], ["friend"], ["friend", "nobody"], ["friend"]]) {
      leader = await leadingPod(leader);
      const began = performance.now();
      await Promise.all([
        client.delete(resources.pods, { namespace, name: leader }, { gracePeriodSeconds: 0 }),
        lab().apply([toVictim(...roles)]),
      ]);
      const isAllowed = roles.length > 1;
      await eventually(
        `late comes through: ${isAllowed}`,
        async () => (await reaches("late")) === isAllowed,
      );
      t.diagnostic(`in force ${Math.round(performance.now() - began)} ms after the leader's end`);
      await lab().kubectl(["rollout", "status", ...controller, timeout(120)]);
    }
  });
  await scaleController(1);
});

test("a policy deleted and made again under its name 20 times: the last one is in force, and nothing else is left", async (t) => {
  const counts = async () => (await Promise.all(nodes.map(flowCount))).join();
  const before = await counts();
  const name = { namespace: "default", name: "to-victim" };
  for (let n = 0; n < 20; n++) {
    await client.delete(resources.networkPolicies, name);
    const { metadata, spec } = toVictim(n % 2 === 0 ? "nobody" : "friend");
    await client.create(resources.networkPolicies, { metadata, spec });
  }
  await eventually(
    "the friend is let in, and late is not",
    async () => (await reaches("friend")) && !(await reaches("late")),
  );
  await eventually("no flow of the others is left", async () => (await counts()) === before);
  await siege.hold(t, async () => {});
});

test("a Pod's labels flipped 100 times a second for 10 s: within 2 s its Nodes do as the last ones say", async (t) => {
  await using attacker = await siege.attackFrom("late", "node-2");
  const bundles = 'antrea_agent_openflow_round_trip_seconds_count{request="bundle"}';
  const counts = () => Promise.all(nodes.map((node) => metricOf(node, bundles)));
  await siege.hold(t, async () => {
    const before = await counts();
    const flips = await flipRoles(["friend", "attacker"], {
      times: 2 * Math.round(500 / patience()), // the last one is an attacker
      everyMs: 10 * patience(),
    });
    await sleep(2_000 * patience()); // the time in which it has to be so
    await attacker.aim([siege.address("victim"), siege.address("target")]);
    const attackedBefore = siege.leaked();
    const { far } = await siege.sent();
    await eventually(
      "attackers have sent more",
      async () => (await siege.sent()).far > far + 1_000 / patience(),
    );
    assert.equal(siege.leaked(), attackedBefore, "an attacker by its last label");
    await attacker.aim([]);
    const used = (await counts()).map((count, i) => count - (before[i] ?? 0));
    t.diagnostic(
      `${flips.times} flips in ${flips.tookMs} ms, bundles of the Nodes: ${used.join(" and ")}`,
    );
  });
  await setRole("friend");
  const began = performance.now();
  await eventually("late is let in as a friend", () => reaches("late"));
  assert.ok(performance.now() - began < 2_000 * patience());
  await setRole("nobody");
});

const setRole = (role: string) =>
  client.patch(
    resources.pods,
    { namespace: "default", name: "late" },
    { kind: "merge", body: { metadata: { labels: { role } } } },
  );

/** As often as asked for where the server keeps up, which is busy with so many calls at a time at the most. */
async function flipRoles(
  roles: readonly string[],
  { times, everyMs }: { readonly times: number; readonly everyMs: number },
) {
  const most = 8;
  const began = performance.now();
  const underWay = new Set<Promise<unknown>>();
  for (let n = 0; n < times; n++) {
    await sleep(Math.max(0, began + n * everyMs - performance.now()));
    while (underWay.size >= most) await Promise.race(underWay);
    const call: Promise<unknown> = setRole(roles[n % roles.length] ?? "").finally(() =>
      underWay.delete(call),
    );
    underWay.add(call);
  }
  await Promise.all(underWay);
  await setRole(roles[(times - 1) % roles.length] ?? "");
  return { times, tookMs: Math.round(performance.now() - began) };
}

test("switches of the traffic mode while policies change every 200 ms: nothing denied comes, no echo of the friend is lost", async (t) => {
  const overruns = await countOverruns(lab());
  const echoes = await steadyPing(lab(), "friend", siege.address("victim"));
  await siege.hold(t, async () => {
    const changing = new AbortController();
    const changes = changePolicies(changing.signal);
    for (const mode of ["hybrid", "encap", "noEncap", "encap"])
      t.diagnostic(`${mode}: ${Math.round(await switchTo(lab(), mode, "geneve"))} ms`);
    changing.abort();
    t.diagnostic(`${await changes} changes of the policy`);
  });
  const { lost, account } = await echoes.stop();
  const overrun = await overruns.stop();
  t.diagnostic(`${account}; ${overrun} frames overrun`);
  assert.ok(lost.length <= overrun, `${account}; ${overrun} frames overrun`);
});

/** Lets in and shuts out who is no friend, until it is aborted; gives how often. */
async function changePolicies(signal: AbortSignal): Promise<number> {
  const name = { namespace: "default", name: "to-victim" };
  const set = (...roles: readonly string[]) => {
    const { spec } = toVictim(...roles);
    return client.patch(resources.networkPolicies, name, { kind: "merge", body: { spec } });
  };
  let count = 0;
  while (!signal.aborted) {
    await set("friend", ...(count % 2 === 0 ? ["nobody"] : []));
    count += 1;
    await sleep(200 * patience());
  }
  await set("friend");
  return count;
}

/** The address that node-2 gives next: it goes round its Pod CIDR, past those that its Pods have. */
async function nextAddress(before: string): Promise<string> {
  const { items } = await client.list(resources.pods);
  const there = items.filter(({ spec }) => spec?.nodeName === "node-2");
  const taken = new Set(there.map(({ status }) => status?.podIP));
  const [, network = "", host = ""] = /^(.*\.)(\d+)$/.exec(before) ?? [];
  let next = Number(host);
  do
    next = next < 254 ? next + 1 : 2; // 1 is the gateway's
  while (taken.has(network + next));
  return network + next;
}

/** A Pod object that no kubelet looks after. */
async function makePod(name: string, role: string, nodeName: string, podIP?: string) {
  const made = await client.create(resources.pods, {
    metadata: { name, namespace: "default", labels: { role } },
    spec: {
      nodeName,
      tolerations: [{ operator: "Exists" }],
      containers: [{ name: "none", image: "registry.k8s.io/pause:3.10.2" }],
    },
  });
  if (podIP !== undefined) {
    const status = { phase: "Running", podIP, podIPs: [{ ip: podIP }] };
    await client.patch(
      resources.pods,
      { namespace: "default", name },
      { kind: "merge", body: { status } },
      { subresource: "status" },
    );
  }
  return made.metadata?.uid ?? assert.fail("a Pod has a UID");
}

const unmakePod = (name: string) =>
  client.delete(resources.pods, { namespace: "default", name }, { gracePeriodSeconds: 0 });

/**
 * A friend of another Node comes into force with this address, and goes. Each is of a Node of its own:
 * Kubernetes deletes the Pods of a Node that it has missed for 40 s (podgc).
 */
async function passingFriend(name: string, address: string): Promise<void> {
  await makePod(name, "friend", `node-of-${name}`, address);
  await eventually("the friend's address is let in", async () =>
    (await flowsOf("node-1")).some((flow) => ` ${flow}`.includes(`nw_src=${address} `)),
  );
  await unmakePod(name);
}

/**
 * An attacker starts and ends, and sends from before until his Pod object is gone; gives his address, and
 * how many milliseconds his start took.
 */
async function passingAttacker(plugin: Plugin, name: string) {
  await using attacker = await startAttacker(`/var/run/netns/${name}`, {
    node: lab().node("node-2"),
    perMs: 1,
  });
  await attacker.aim([siege.address("victim"), siege.address("target")]);
  const began = performance.now();
  const uid = await makePod(name, "attacker", "node-2");
  const container = { id: name, netns: name, pod: { namespace: "default", name, uid } };
  const end = await plugin.add(container);
  const tookMs = Math.round(performance.now() - began);
  if (end.kind !== "done") return assert.fail(JSON.stringify(end));
  await sleep(100 * patience()); // for so long it sends
  await plugin.del(container);
  await unmakePod(name);
  await sleep(50 * patience()); // until policies speak of it no more
  assert.ok((await attacker.aim([])) > 0, "it sent");
  return { address: addressOf(end.stdout), tookMs };
}

test("the address of a friend on another Node is an attacker's at once: nothing of his comes, 20 times", async (t) => {
  const plugin = pluginOn(lab().node("node-2"));
  await lab().stop("node-2/kubelet");
  const times: number[] = [];
  await siege.hold(t, async () => {
    let last: string | undefined;
    for (let n = 0; n <= 20; n++) {
      const name = `heir-${n}`;
      await plugin.makeNetns(name);
      const inherited = last && (await nextAddress(last));
      if (inherited) await passingFriend(`friend-${n}`, inherited);
      const { address, tookMs } = await passingAttacker(plugin, name);
      assert.equal(address, inherited ?? address);
      if (inherited) times.push(tookMs);
      last = address;
      await plugin.removeNetns(name);
    }
    await lab().start("node-2/kubelet");
  });
  const sorted = times.toSorted((a, b) => a - b);
  t.diagnostic(`the attacker begins ${sorted.join(", ")} ms after the friend's end`);
});
