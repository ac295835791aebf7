import type { Lab } from "../../io/lab.ts";
import type { FigureSample } from "../figures.ts";
import { baseSetup } from "../plan.ts";
import { changeSetup, renewPods } from "./product.ts";
import { measure, type TrafficTools, warmUp } from "./traffic.ts";

/** Of the fabric, in bytes; the first is what most networks have. */
const [ordinary, jumbo] = [1500, 9000];

/**
 * What a fabric of large packets gives the direct path: streams between two Nodes in hybrid, with Pods made
 * anew for each size, in turn.
 */
export async function measureJumbo(
  lab: Lab,
  rounds: number,
  tools: TrafficTools,
  note: (text: string) => void,
): Promise<readonly FigureSample[]> {
  const samples: FigureSample[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      note(`round ${round + 1}, fabric of ${ordinary} bytes`);
      const other = await megabyteMs(lab, ordinary, tools);
      note(`round ${round + 1}, fabric of ${jumbo} bytes`);
      const value = await megabyteMs(lab, jumbo, tools);
      samples.push({ figure: "jumboStream", round, value, other });
    }
    return samples;
  } finally {
    await setMtu(lab, ordinary);
    await changeSetup(lab, baseSetup, tools.signal);
  }
}

/** How long a megabyte takes by TCP. Agents read the MTU of the link when they start. */
async function megabyteMs(
  lab: Lab,
  bytes: number,
  tools: TrafficTools,
): Promise<number | undefined> {
  await setMtu(lab, bytes);
  await changeSetup(lab, "hybrid", tools.signal);
  const pods = await renewPods(lab, tools.signal);
  const route = { from: pods["here-1"], to: pods["there-1"], switches: [], agents: [] };
  await warmUp(route, tools);
  const { value } = await measure("stream", route, tools);
  return value && 8000 / value;
}

async function setMtu(lab: Lab, bytes: number): Promise<void> {
  for (const subnet of new Set(lab.plan.nodes.map((node) => node.subnet)))
    await lab.fabric.setMtu(subnet, bytes);
}
