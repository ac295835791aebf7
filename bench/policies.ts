/**
 * What the controller's computation of policies costs, in clusters of several shapes:
 *
 *     node bench/policies.ts [ROUNDS] [--json]
 *
 * Each round of a shape is a process of its own. "Cold" is from the first object that is told until
 * listeners have been told of every change; "shares" gives each of the 1000 Nodes all that it is to
 * have; memory is the largest that the process ever had. Times are of the processor, all threads of
 * the process together, since others may work on the machine; the clock's is beside the first.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type PolicyComputation, policyComputation } from "@antrea/policy";
import { nodeCount, type Shape, shapes } from "./cluster-shapes.ts";

/** Changes of each sort; half of them cost less than their median. */
const changes = 200;
const relabels = 10;

interface Sample {
  readonly clockMs: number;
  readonly coldMs: number;
  readonly sharesMs: number;
  readonly memoryMb: number;
  readonly policyMs: number;
  readonly podMs: number;
  readonly relabelMs: number;
}

const words = process.argv.slice(2);
const chosen = shapes[Number(words[words.indexOf("--shape") + 1])];
if (words.includes("--shape") && chosen) console.log(JSON.stringify(measure(chosen)));
else report(Number(words.find((word) => !word.startsWith("--")) ?? 3));

function measure(shape: Shape): Sample {
  const computation = policyComputation();
  const { networkPolicies, addressGroups, appliedToGroups, podReceipts } = computation;
  let told = 0;
  for (const objects of [networkPolicies, addressGroups, appliedToGroups, podReceipts])
    objects.onChange(() => void told++);
  const began = performance.now();
  const coldMs = processorMs(() => computation.update((cluster) => shape.tell(cluster)));
  const clockMs = performance.now() - began;
  if (told === 0) throw new Error("nobody was told of anything");
  const sharesMs = processorMs(() => giveShares(computation));
  const memoryMb = process.resourceUsage().maxRSS / 1024;
  const median = (change: Shape["changePod"], count: number) =>
    medianOf(
      Array.from({ length: count }, (_, i) =>
        processorMs(() => computation.update((cluster) => change(cluster, i))),
      ),
    );
  return {
    ...{ clockMs, coldMs, sharesMs, memoryMb },
    policyMs: median(shape.changePolicy, changes),
    podMs: median(shape.changePod, changes),
    relabelMs: median(shape.relabel, relabels),
  };
}

function giveShares(computation: PolicyComputation): void {
  const { networkPolicies, addressGroups, appliedToGroups } = computation;
  for (let n = 0; n < nodeCount; n++)
    for (const objects of [networkPolicies, addressGroups, appliedToGroups])
      for (const name of objects.namesFor(`node-${n}`))
        if (!objects.forNode(name, `node-${n}`)) throw new Error(`${name} is for node-${n}`);
}

function processorMs(body: () => void): number {
  const before = process.cpuUsage();
  body();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function report(rounds: number): void {
  const samples = shapes.map(() => [] as Sample[]);
  // each round has every shape, so that a disturbed minute does not hit one alone
  for (let round = 0; round < rounds; round++)
    for (const [i, mine] of samples.entries()) mine.push(sampleOf(i));
  if (words.includes("--json")) console.log(JSON.stringify({ shapes: shapes.map(named), samples }));
  else print(samples);
}

function sampleOf(shape: number): Sample {
  const script = fileURLToPath(import.meta.url);
  const printed = execFileSync(process.execPath, [script, "--shape", String(shape)]);
  return JSON.parse(String(printed)) as Sample;
}

function named({ describe }: Shape): string {
  return describe;
}

function print(samples: readonly (readonly Sample[])[]): void {
  console.log(
    "| cluster | cold | by the clock | an object | against the first | shares of 1000 Nodes | memory | one policy | one Pod | one Namespace relabelled |",
  );
  console.log("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
  const each = (of: readonly Sample[], shape: Shape) =>
    medianOf(of.map(({ coldMs }) => coldMs)) / shape.objects;
  const first = each(samples[0] ?? [], shapes[0] as Shape);
  for (const [i, shape] of shapes.entries()) {
    const mine = samples[i] ?? [];
    const figure = (key: keyof Sample) => medianOf(mine.map((sample) => sample[key]));
    const cells = [
      shape.describe,
      `${(figure("coldMs") / 1000).toFixed(2)} s`,
      `${(figure("clockMs") / 1000).toFixed(2)} s`,
      `${(1000 * each(mine, shape)).toFixed(1)} µs`,
      (each(mine, shape) / first).toFixed(2),
      `${(figure("sharesMs") / 1000).toFixed(2)} s`,
      `${Math.round(figure("memoryMb"))} MB`,
      ...(["policyMs", "podMs", "relabelMs"] as const).map((key) => `${figure(key).toFixed(2)} ms`),
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
