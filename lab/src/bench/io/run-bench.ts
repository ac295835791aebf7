import { mkdirSync } from "node:fs";
import { loadavg } from "node:os";
import type { Lab } from "../../io/lab.ts";
import { requireRecord } from "../../io/lab.ts";
import type { BenchRun } from "../bench-run.ts";
import type { FigureSample } from "../figures.ts";
import {
  type BenchOptions,
  baseSetup,
  type Distance,
  expectedSeconds,
  type Group,
  placesAfter,
  planRounds,
  type Round,
  type Sample,
  type SetupName,
  type Subject,
  setups,
  setupsFor,
} from "../plan.ts";
import { namespaceObject } from "../product.ts";
import { randomFrom } from "../statistics.ts";
import { type BenchRequest, type ReleaseLab, withBenchLabs } from "./bench-lab.ts";
import { measureCni } from "./cni.ts";
import { buildFloor, type FloorHost } from "./floor.ts";
import { figureParts, measurePart } from "./measure-figures.ts";
import { type Children, children } from "./namespace.ts";
import {
  type BenchPods,
  changeSetup,
  otherPodCounts,
  productSwitches,
  renewPods,
} from "./product.ts";
import { programProcess } from "./program-process.ts";
import { restsWithBreaks, type WhileOthersRest } from "./rest.ts";
import { surroundings } from "./surroundings.ts";
import type { SwitchProcess } from "./switch-process.ts";
import { measure, type Route, type TrafficTools, warmUp } from "./traffic.ts";

export interface RunBench extends BenchRequest {
  readonly options: BenchOptions;
}

/** Starts a lab for each configuration, measures all that was asked for, and takes the labs down again. */
export function runBench(bench: RunBench): Promise<BenchRun> {
  const loadBefore = loadavg()[0] ?? 0;
  return withBenchLabs(bench, setupsFor(bench.options.sections), (labs, release) =>
    measureAll(labs, { ...bench, release }, loadBefore),
  );
}

type Labs = ReadonlyMap<SetupName, Lab>;

async function measureAll(
  labs: Labs,
  bench: RunBench & { readonly release: ReleaseLab },
  loadBefore: number,
): Promise<BenchRun> {
  const { options, seed, progress, signal, release } = bench;
  const rounds = planRounds(options, randomFrom(seed));
  const parts = figureParts(options.sections);
  const steps = progress({
    total: rounds.length + 2 + parts.length,
    expectedSeconds: [
      ...[5, labs.size * 6, ...expectedSeconds(rounds, options.seconds)],
      ...parts.map((part) => part.expectedSeconds),
    ],
  });
  const startedAt = new Date().toISOString();
  const first = firstOf(labs);
  await using kept = children(requireRecord(first.name).get().id);
  const base = await steps.step("Build the floor: bare Open vSwitch beside the Nodes", () =>
    prepare(first, kept, bench),
  );
  let bed = await steps.step(
    "Start Pods, and let a second of traffic through each route",
    async (note) => warmUpAll({ ...base, products: await productsOf(labs, signal) }, rounds, note),
  );
  const samples: Sample[] = [];
  for (const [i, round] of rounds.entries())
    await steps.step(`Round ${round.number + 1} of ${options.rounds}`, async (note) => {
      if (round.shift !== (rounds[i - 1]?.shift ?? 0)) {
        note("each configuration moves to another lab");
        const products = await productsOf(await move(labs, round.shift, signal), signal);
        bed = await warmUpAll({ ...base, products }, rounds, note);
      }
      samples.push(...(await measureRound(bed, round, note)));
    });
  const figures: FigureSample[] = [];
  const ordinaryLab = bed.products.get(baseSetup)?.lab ?? first;
  // the first has the folder and the processes of the tools
  const idle = [...labs.values()].filter((lab) => lab !== ordinaryLab && lab !== first);
  for (const part of parts)
    await steps.step(part.title, async (note) => {
      if (idle.length > 0) note("labs that are measured no more go");
      for (const lab of idle.splice(0)) await release(lab);
      figures.push(
        ...(await measurePart(part, { options, lab: ordinaryLab, tools: bed.tools, signal }, note)),
      );
    });
  return {
    startedAt,
    finishedAt: new Date().toISOString(),
    options,
    seed,
    surroundings: await surroundings(loadBefore, signal),
    samples,
    figures,
  };
}

/** The product in one configuration, ready to be measured. */
interface Product {
  readonly lab: Lab;
  readonly pods: BenchPods;
  readonly switches: readonly SwitchProcess[];
  readonly agents: readonly SwitchProcess[];
}

/** All that the rounds use. */
interface Bed {
  readonly products: ReadonlyMap<SetupName, Product>;
  readonly floor: readonly FloorHost[];
  readonly tools: TrafficTools;
}

async function prepare(
  first: Lab,
  kept: Children,
  { options, signal }: RunBench,
): Promise<Omit<Bed, "products">> {
  const folder = `${first.plan.stateFolder}/bench`; // `down` removes it with the lab
  mkdirSync(folder, { recursive: true });
  const floor = await buildFloor({
    folder,
    children: kept,
    idlePorts: await otherPodCounts(first),
    models: await productSwitches(first, signal),
    signal,
  });
  return { floor, tools: { folder, children: kept, seconds: options.seconds, signal } };
}

/** With Pods that are new, so that they have the MTU and offloads of the configuration in force. */
async function productsOf(labs: Labs, signal: AbortSignal): Promise<Bed["products"]> {
  const products = new Map<SetupName, Product>();
  for (const [setup, lab] of labs) {
    await lab.apply([namespaceObject()], { signal });
    const pods = await renewPods(lab, signal);
    products.set(setup, {
      lab,
      pods,
      switches: await productSwitches(lab, signal),
      agents: await Promise.all(
        lab.plan.nodes.map(({ cgroup }) => programProcess([cgroup], "antrea-agent", signal)),
      ),
    });
  }
  return products;
}

/** Gives every lab the configuration that is its after so many moves from where all began. */
async function move(labs: Labs, shift: number, signal: AbortSignal): Promise<Labs> {
  const places = [...labs.values()];
  const moved = placesAfter([...labs.keys()], shift);
  const pairs = moved.map((setup, place) => [setup, places[place] as Lab] as const);
  await Promise.all(pairs.map(([setup, lab]) => changeSetup(lab, setup, signal)));
  return new Map(pairs);
}

async function warmUpAll(
  bed: Bed,
  rounds: readonly Round[],
  note: (text: string) => void,
): Promise<Bed> {
  const seen = new Set<string>();
  for (const { distance, subjects } of rounds[0]?.groups ?? [])
    for (const subject of subjects) {
      const title = `${distance}, ${titleOf(subject)}`;
      if (seen.has(title)) continue;
      seen.add(title);
      note(title);
      await warmUp(routeOf(bed, distance, subject), bed.tools);
    }
  return bed;
}

async function measureRound(
  bed: Bed,
  { number: round, groups, hasCni }: Round,
  note: (text: string) => void,
): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (const group of groups) samples.push(...(await measureGroup(bed, round, group, note)));
  const setup = baseSetup;
  const product = bed.products.get(setup);
  const [node] = product?.lab.nodes ?? [];
  const [nodePlan] = product?.lab.plan.nodes ?? [];
  const [floor] = bed.floor;
  if (hasCni && product && node && nodePlan && floor) {
    note("CNI ADD and DEL with up to 250 Pods on the Node");
    const { folder, signal } = bed.tools;
    const neighbour = product.pods["here-1"].address;
    const whileOthersRest = restOf(bed);
    const taken = await measureCni(
      { node, nodePlan, floor, neighbour, folder, whileOthersRest, signal },
      round,
    );
    samples.push(...taken.map((one): Sample => ({ round, setup, distance: "one Node", ...one })));
  }
  return samples;
}

async function measureGroup(
  bed: Bed,
  round: number,
  { distance, metric, subjects }: Group,
  note: (text: string) => void,
): Promise<readonly Sample[]> {
  const whileOthersRest = restOf(bed);
  const samples: Sample[] = [];
  for (const subject of subjects) {
    note(`${distance}, ${metric}, ${titleOf(subject)}`);
    const route = routeOf(bed, distance, subject);
    const measured = await whileOthersRest(() => measure(metric, route, bed.tools));
    samples.push({ round, distance, metric, ...subject, ...measured });
  }
  return samples;
}

function routeOf({ products, floor }: Bed, distance: Distance, { setup, subject }: Subject): Route {
  if (subject === "floor") return floorRoute(floor, distance);
  const product = products.get(setup);
  if (!product) throw new Error(`${setup} has a lab`);
  return productRoute(product, distance);
}

function restOf({ products, tools }: Bed): WhileOthersRest {
  const labs = [...products.values()].map(({ lab }) => lab);
  return restsWithBreaks(labs, tools.signal);
}

function titleOf({ setup, subject }: Subject): string {
  return subject === "floor" ? "floor" : setups[setup].title;
}

function firstOf(labs: Labs): Lab {
  const [first] = labs.values();
  if (!first) throw new Error("a benchmark has a lab");
  return first;
}

function productRoute({ pods, switches, agents }: Product, distance: Distance): Route {
  return distance === "one Node"
    ? {
        from: pods["here-1"],
        to: pods["here-2"],
        switches: switches.slice(0, 1),
        agents: agents.slice(0, 1),
      }
    : { from: pods["here-1"], to: pods["there-1"], switches, agents };
}

function floorRoute([first, second]: readonly FloorHost[], distance: Distance): Route {
  const [from, neighbour] = first?.pods ?? [];
  const to = distance === "one Node" ? neighbour : second?.pods[0];
  if (!first || !second || !from || !to) throw new Error("the floor has two hosts with Pods");
  const switches = distance === "one Node" ? [first.vswitchd] : [first.vswitchd, second.vswitchd];
  return { from, to, switches, agents: [] };
}
