import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { attempt, parsePing, pingArgv } from "@antrea/lab";
import { eventually, labForFile, podNetns, startPods } from "../support/cluster.ts";
import { gate } from "../support/gate.ts";
import {
  attachedContainers,
  differences,
  inventory,
  leakCounts,
} from "../support/node-inventory.ts";
import { addressOf, type Container, type Plugin, pluginOn } from "../support/plugin-calls.ts";
import { type SeededRandom, seededRandom } from "../support/seeded-random.ts";
import { type SupervisedAgent, superviseAgent } from "../support/supervised-agent.ts";

/**
 * Attachments that come and go, 50 at a time, while plugin and agent are killed at random: for Pods of
 * the real API on a Node whose kubelet is off, by the plugin that is installed there.
 * `SOAK_LIVES` says how many attachments, `SOAK_SEED` repeats a run's chances.
 */
const lives = Number(process.env["SOAK_LIVES"] ?? 1000);
const seed = Number(process.env["SOAK_SEED"] ?? Math.floor(Math.random() * 2 ** 32));
const width = 50;
const podsAtOnce = 100;

const lab = labForFile("storm", { mode: "encap", nodes: 2, subnets: 1 });
const say = (text: string): void => console.log(text);

/** What befalls one attachment, drawn before anything runs. */
interface Fate {
  readonly staysMs: number;
  readonly isNetnsRemovedFirst: boolean;
  /** Its runtime forgets it: there is no DEL, and the next GC does not list it. */
  readonly isForgotten: boolean;
  /** When the plugin is killed in its first ADD and its first DEL. */
  readonly killAddMs: number | undefined;
  readonly killDelMs: number | undefined;
}

function fateOf(n: number, chance: SeededRandom): Fate {
  const kill = (): number | undefined => (chance.happens(0.1) ? chance.between(1, 120) : undefined);
  return {
    staysMs: chance.between(0, 1500),
    isNetnsRemovedFirst: chance.happens(0.2),
    isForgotten: chance.happens(0.05) && n < lives * 0.7,
    killAddMs: kill(),
    killDelMs: kill(),
  };
}

/** How often each thing came about. */
function tally() {
  const counts = new Map<string, number>();
  return {
    count(what: string, by = 1): void {
      counts.set(what, (counts.get(what) ?? 0) + by);
    },
    of: (what: string): number => counts.get(what) ?? 0,
    text: (): string =>
      [...counts]
        .sort(([a], [b]) => a.localeCompare(b))
        .map(([what, n]) => `${what} ${n}`)
        .join(" · "),
  };
}

const outcomes = tally();
/** The attachments that a GC must leave alone. */
const valid = new Set<Container>();
const forgotten = new Set<Container>();
const addresses = new Map<string, Container>();
const calls = gate();
const netnses = new Set<string>();

/** Asks the plugin until it has done it, as a kubelet does; an ADD that failed is deleted, and tried in a new sandbox. */
async function attach(
  plugin: Plugin,
  pod: string,
  killAfterMs: number | undefined,
): Promise<{ readonly container: Container; readonly address: string }> {
  for (let attempts = 1; ; attempts++) {
    const id = `${pod}-${attempts}`;
    const container = { id, netns: id, pod: { namespace: "default", name: pod } };
    await plugin.makeNetns(id);
    netnses.add(id);
    valid.add(container);
    const killed = attempts === 1 ? killAfterMs : undefined;
    const end = await calls.shared(() => plugin.add(container, { killAfterMs: killed }));
    outcomes.count(end.kind === "failed" ? `ADD failed ${end.code}` : `ADD ${end.kind}`);
    if (end.kind === "done") return { container, address: addressOf(end.stdout) };
    await detach(plugin, container, { isNetnsRemovedFirst: false, killDelMs: undefined });
    if (attempts > 20) assert.fail(`${pod} could not be connected: ${JSON.stringify(end)}`);
    await sleep(200);
  }
}

async function detach(
  plugin: Plugin,
  container: Container,
  { isNetnsRemovedFirst, killDelMs }: Pick<Fate, "isNetnsRemovedFirst" | "killDelMs">,
): Promise<void> {
  if (isNetnsRemovedFirst) await removeNetns(plugin, container);
  for (let attempts = 1; ; attempts++) {
    const killed = attempts === 1 ? killDelMs : undefined;
    const end = await calls.shared(() => plugin.del(container, { killAfterMs: killed }));
    outcomes.count(end.kind === "failed" ? `DEL failed ${end.code}` : `DEL ${end.kind}`);
    if (end.kind === "done") break;
    if (attempts > 20) assert.fail(`${container.id} stays: ${JSON.stringify(end)}`);
    await sleep(200);
  }
  valid.delete(container);
  if (!isNetnsRemovedFirst) await removeNetns(plugin, container);
}

async function removeNetns(plugin: Plugin, { netns }: Container): Promise<void> {
  netnses.delete(netns);
  await plugin.removeNetns(netns);
}

/** Whether an address answers a Pod of the other Node; a valid attachment must. */
async function answers(from: string, address: string, what: string): Promise<void> {
  const train = { count: 3, everyMs: 200, withinSeconds: 5 };
  const { stdout } = await attempt(["nsenter", `--net=${from}`, ...pingArgv(address, train)]);
  const { received } = parsePing(stdout, 3);
  outcomes.count(`${what} answered ${received} of 3`);
  if (received === 0) outcomes.count("broken");
}

async function live(plugin: Plugin, probe: string, n: number, fate: Fate): Promise<void> {
  const { container, address } = await attach(plugin, `storm-${n}`, fate.killAddMs);
  if (addresses.has(address)) outcomes.count("address given twice");
  addresses.set(address, container);
  await sleep(fate.staysMs);
  await answers(probe, address, "ping");
  addresses.delete(address);
  if (!fate.isForgotten) return detach(plugin, container, fate);
  outcomes.count("forgotten by the runtime");
  if (fate.isNetnsRemovedFirst) await removeNetns(plugin, container);
  valid.delete(container);
  forgotten.add(container);
}

/** GC while nothing else is asked, as the specification has it; by a plugin that may be killed too. */
async function collectGarbage(plugin: Plugin, chance: SeededRandom): Promise<void> {
  await calls.alone(async () => {
    for (let attempts = 1; ; attempts++) {
      const isKilled = attempts === 1 && chance.happens(0.3);
      const killAfterMs = isKilled ? chance.between(1, 60) : undefined;
      const end = await plugin.gc([...valid], { killAfterMs });
      outcomes.count(end.kind === "failed" ? `GC failed ${end.code}` : `GC ${end.kind}`);
      if (end.kind === "done") break;
      await sleep(300);
    }
    for (const container of [...forgotten]) {
      forgotten.delete(container);
      if (netnses.has(container.netns)) await removeNetns(plugin, container);
    }
  });
}

/** Kills the agent now and then, also while it starts, until told to stop; leaves it running. */
async function killAgents(
  agent: SupervisedAgent,
  chance: SeededRandom,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    const isYoung = chance.happens(0.3);
    if (!isYoung) await agent.ready(); // however slow the machine is: work gets done between two kills
    await sleep(isYoung ? chance.between(0, 1500) : chance.between(200, 4000));
    await agent.kill();
    outcomes.count(isYoung ? "agent killed while it started" : "agent killed");
    await sleep(chance.between(0, 1200));
    await agent.start();
  }
}

/** Pod objects of the real API, a batch before its first Pod is connected. */
function podObjects(node: string) {
  const made = new Map<number, Promise<void>>();
  return (n: number): Promise<void> => {
    const batch = Math.floor(n / podsAtOnce);
    const making =
      made.get(batch) ??
      lab().apply(
        Array.from({ length: podsAtOnce }, (_, i) => ({
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: `storm-${batch * podsAtOnce + i}`, namespace: "default" },
          spec: {
            nodeName: node,
            tolerations: [{ operator: "Exists" }],
            containers: [{ name: "none", image: "registry.k8s.io/pause:3.10.2" }],
          },
        })),
      );
    made.set(batch, making);
    return making;
  };
}

test(`${lives} ADD and DEL, ${width} at a time, under kills, vanishing namespaces and GC: nothing leaks, nothing valid breaks`, async () => {
  say(`seed ${seed} (SOAK_SEED=${seed} draws the same fates)`);
  await startPods(lab(), [{ name: "probe", node: "node-1" }]);
  const probe = await podNetns(lab(), "node-1", { pod: "probe", container: "probe" });
  const node = lab().node("node-2");
  const plugin = pluginOn(node);
  const agent = await superviseAgent(lab(), "node-2");
  const objectOf = podObjects("node-2");
  for (const id of await attachedContainers(node)) valid.add({ id, netns: "" }); // the kubelet's own

  const residents = await Promise.all(
    Array.from({ length: 20 }, (_, i) => attach(plugin, `resident-${i}`, undefined)),
  );
  const before = await inventory(node);

  const chance = seededRandom(seed);
  const fates = Array.from({ length: lives }, (_, n) => fateOf(n, chance));
  const weather = seededRandom(seed + 1);
  const calm = new AbortController();
  const killing = killAgents(agent, weather, calm.signal);
  let next = 0;
  let ended = 0;
  const worker = async (): Promise<void> => {
    for (let n = next++; n < lives; n = next++) {
      await objectOf(n);
      await live(plugin, probe, n, fates[n] as Fate);
      if (++ended % podsAtOnce === 0) say(`${ended} of ${lives}: ${outcomes.text()}`);
      // none near the end: what is left then must have gone without
      if (ended % Math.ceil(lives / 8) === 0 && ended < lives * 0.9)
        await collectGarbage(plugin, weather);
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: width }, worker));
  calm.abort();
  await killing;
  await agent.ready();
  say(`${lives} attachments in ${Math.round((performance.now() - began) / 1000)} s`);
  if (forgotten.size > 0) await collectGarbage(plugin, weather); // one was slower than hundreds after it

  let left: readonly string[] = [];
  await eventually(
    "the Node is as it was before",
    async () => (left = differences(before, await inventory(node))).length === 0,
    60_000,
  ).catch(() => {});
  const leaks = leakCounts(before, await inventory(node));
  say(`leaked: ${JSON.stringify(leaks)}`);
  for (const { address } of residents) await answers(probe, address, "resident");
  say(outcomes.text());
  assert.deepEqual(left, []);
  assert.equal(outcomes.of("broken"), 0, "valid attachments that no longer answered");
  assert.equal(outcomes.of("address given twice"), 0);
  assert.ok(outcomes.of("DEL done") >= lives * 0.9 && outcomes.of("agent killed") > 0);

  for (const { container } of residents)
    await detach(plugin, container, { isNetnsRemovedFirst: false, killDelMs: undefined });
  assert.deepEqual([...netnses], []);
});
