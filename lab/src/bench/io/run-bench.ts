import { mkdirSync } from "node:fs";
import { loadavg } from "node:os";
import type { Lab } from "../../io/lab.ts";
import { requireRecord } from "../../io/lab.ts";
import type { BenchRun } from "../bench-run.ts";
import {
  type BenchOptions,
  type Distance,
  expectedSeconds,
  planVisits,
  type Sample,
  setupNames,
  setups,
  trafficMetrics,
  type Visit,
} from "../plan.ts";
import { namespaceObject } from "../product.ts";
import { randomFrom } from "../statistics.ts";
import { type BenchRequest, withBenchLab } from "./bench-lab.ts";
import { measureCni } from "./cni.ts";
import { buildFloor, type FloorHost } from "./floor.ts";
import { children, type Children } from "./namespace.ts";
import {
  changeSetup,
  otherPodCounts,
  productSwitches,
  renewPods,
  type BenchPods,
} from "./product.ts";
import { surroundings } from "./surroundings.ts";
import type { SwitchProcess } from "./switch-process.ts";
import { measure, type Route, type TrafficTools, warmUp } from "./traffic.ts";

export interface RunBench extends BenchRequest {
  readonly options: BenchOptions;
}

/** Starts a lab, measures all that was asked for, and takes the lab down again. */
export function runBench(bench: RunBench): Promise<BenchRun> {
  return withBenchLab(bench, (lab) => measureAll(lab, bench));
}

async function measureAll(lab: Lab, bench: RunBench): Promise<BenchRun> {
  const { options, seed, progress, signal } = bench;
  const visits = planVisits(options, randomFrom(seed));
  const steps = progress({
    total: visits.length + 1,
    expectedSeconds: [5, ...expectedSeconds(visits, options)],
  });
  const startedAt = new Date().toISOString();
  await using kept = children(requireRecord(lab.name).get().id);
  const bed = await steps.step("Build the floor: bare Open vSwitch beside the Nodes", () =>
    prepare(lab, kept, bench),
  );
  const samples: Sample[] = [];
  let current = setupNames[0];
  for (const visit of visits) {
    const title = `Round ${visit.round + 1} of ${options.rounds}: ${setups[visit.setup].title}`;
    await steps.step(title, async (note) => {
      if (visit.setup !== current) {
        note("change the ConfigMap, kubectl rollout restart");
        await changeSetup(lab, visit.setup, signal);
        current = visit.setup;
      }
      note("make Pods anew");
      samples.push(...(await makeVisit(lab, bed, visit, note)));
    });
  }
  return {
    startedAt,
    finishedAt: new Date().toISOString(),
    options,
    seed,
    surroundings: await surroundings(bed.loadBefore, signal),
    samples,
  };
}

/** All that a visit uses. */
interface Bed {
  readonly floor: readonly FloorHost[];
  readonly tools: TrafficTools;
  readonly loadBefore: number;
}

async function prepare(lab: Lab, kept: Children, { options, signal }: RunBench): Promise<Bed> {
  const loadBefore = loadavg()[0] ?? 0;
  const folder = `${lab.plan.stateFolder}/bench`; // `down` removes it with the lab
  mkdirSync(folder, { recursive: true });
  await lab.apply([namespaceObject()], { signal });
  const floor = await buildFloor({
    folder,
    children: kept,
    idlePorts: await otherPodCounts(lab),
    models: await productSwitches(lab, signal),
    signal,
  });
  const tools = { folder, children: kept, seconds: options.seconds, signal };
  return { floor, tools, loadBefore };
}

async function makeVisit(
  lab: Lab,
  { floor, tools }: Bed,
  visit: Visit,
  note: (text: string) => void,
): Promise<readonly Sample[]> {
  const { round, setup, distances, hasCni } = visit;
  const samples: Sample[] = [];
  const switches = await productSwitches(lab, tools.signal);
  const pods = distances.length > 0 ? await renewPods(lab, tools.signal) : undefined;
  for (const distance of pods ? distances : []) {
    const routes = [
      { subject: "ours", route: productRoute(pods as BenchPods, switches, distance) },
      { subject: "floor", route: floorRoute(floor, distance) },
    ] as const;
    for (const { route } of routes) await warmUp(route, tools);
    for (const metric of trafficMetrics) {
      // Who is first changes from round to round.
      for (const { subject, route } of round % 2 === 0 ? routes : routes.toReversed()) {
        note(`${distance}, ${metric}, ${subject}`);
        const measured = await measure(metric, route, tools);
        samples.push({ round, setup, distance, metric, subject, ...measured });
      }
    }
  }
  const [node] = lab.nodes;
  const [nodePlan] = lab.plan.nodes;
  const [host] = floor;
  if (hasCni && node && nodePlan && host) {
    note("CNI ADD and DEL of ten containers");
    const taken = await measureCni(
      { node, nodePlan, floor: host, folder: tools.folder, signal: tools.signal },
      round,
    );
    samples.push(...taken.map((one): Sample => ({ round, setup, distance: "one Node", ...one })));
  }
  return samples;
}

function productRoute(
  pods: BenchPods,
  switches: readonly SwitchProcess[],
  distance: Distance,
): Route {
  return distance === "one Node"
    ? { from: pods["here-1"], to: pods["here-2"], switches: switches.slice(0, 1) }
    : { from: pods["here-1"], to: pods["there-1"], switches };
}

function floorRoute([first, second]: readonly FloorHost[], distance: Distance): Route {
  const [from, neighbour] = first?.pods ?? [];
  const to = distance === "one Node" ? neighbour : second?.pods[0];
  if (!first || !second || !from || !to) throw new Error("the floor has two hosts with Pods");
  const switches = distance === "one Node" ? [first.vswitchd] : [first.vswitchd, second.vswitchd];
  return { from, to, switches };
}
