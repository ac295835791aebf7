/**
 * What the controller's computation costs, in clusters of several shapes:
 *
 *     node --expose-gc packages/policy/bench/compute.ts [ROUNDS] [--json]
 *
 * Each shape runs in a process of its own. "Cold" is from the first object told until listeners have
 * been told of every change and each Node has been given its share once; memory is the process's largest.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type PolicyComputation, policyComputation } from "@antrea/policy";
import { type Shape, shapes } from "./shapes.ts";

interface Sample {
  readonly shape: string;
  readonly coldMs: number;
  readonly shareMs: number;
  readonly memoryMb: number;
  readonly policyMs: number;
  readonly podMs: number;
  readonly relabelMs?: number;
}

const words = process.argv.slice(2);
const shape = shapes[Number(words[words.indexOf("--shape") + 1])];
if (words.includes("--shape") && shape) console.log(JSON.stringify(measure(shape)));
else report(Number(words.find((word) => !word.startsWith("--")) ?? 3));

function measure(shape: Shape): Sample {
  const computation = policyComputation();
  const told = { changes: 0 };
  for (const objects of [
    computation.networkPolicies,
    computation.addressGroups,
    computation.appliedToGroups,
    computation.podReceipts,
  ])
    objects.onChange(() => void told.changes++);
  const coldMs = timed(() => computation.update((cluster) => shape.tell(cluster)));
  const shareMs = timed(() => giveShares(computation));
  const memoryMb = process.resourceUsage().maxRSS / 1024;
  const median = (change: (cluster: never, i: number) => void) => {
    const times = Array.from({ length: 200 }, (_, i) =>
      timed(() => computation.update((cluster) => change(cluster as never, i))),
    );
    return times.toSorted((a, b) => a - b)[100] ?? Number.NaN;
  };
  return {
    shape: shape.name,
    coldMs,
    shareMs,
    memoryMb,
    policyMs: median(shape.changePolicy),
    podMs: median(shape.changePod),
  };
}

function giveShares(computation: PolicyComputation): number {
  let count = 0;
  for (let n = 0; n < 1000; n++)
    for (const objects of [
      computation.networkPolicies,
      computation.addressGroups,
      computation.appliedToGroups,
    ])
      for (const name of objects.namesFor(`node-${n}`))
        count += objects.forNode(name, `node-${n}`) ? 1 : 0;
  return count;
}

function timed(body: () => unknown): number {
  const before = process.cpuUsage();
  body();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
function report(rounds: number): void {
  for (let i = 0; i < shapes.length; i++)
    for (let r = 0; r < rounds; r++)
      console.log(
        String(
          execFileSync(process.execPath, [fileURLToPath(import.meta.url), "--shape", String(i)]),
        ).trim(),
      );
}
