import type { KubeClient } from "@antrea/kube";
import type { Lab, LabHost } from "../../io/lab.ts";
import { waitFor } from "../../io/wait.ts";
import type { FigureSample } from "../figures.ts";
import { manyRules, openDoor } from "../policy-plan.ts";
import { sumOf } from "../prometheus.ts";
import { agentMetrics } from "./agent-metrics.ts";
import { apiOf, create, inGroups, remove } from "./policy-objects.ts";
import { renewPods } from "./product.ts";
import { measure, type Route, type TrafficTools, warmUp } from "./traffic.ts";

/** Rules that stand between the Pods of a stream. */
const ruleCounts = [1000, 10_000] as const;
const rulesOfOne = 100;

/**
 * What a stream and a question cost while so many rules are in force for the Pod that is sent to. In each
 * round it is taken without rules and then with more and more of them, seconds apart.
 */
export async function measureUnderRules(
  lab: Lab,
  tools: TrafficTools,
  rounds: number,
  note: (text: string) => void,
): Promise<readonly FigureSample[]> {
  const [node] = lab.nodes;
  if (!node) throw new Error("the lab has a Node");
  const pods = await renewPods(lab, tools.signal);
  const client = await apiOf(lab);
  const route = { from: pods["here-1"], to: pods["here-2"], switches: [], agents: [] };
  const samples: FigureSample[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      note(`0, ${ruleCounts.join(" and ")} rules, round ${round + 1} of ${rounds}`);
      samples.push(...(await oneRound({ client, node, route, tools }, round)));
    }
    return samples;
  } finally {
    client.close();
  }
}

interface Place {
  readonly client: KubeClient;
  /** On which both Pods are. */
  readonly node: LabHost;
  readonly route: Route;
  readonly tools: TrafficTools;
}

async function oneRound(place: Place, round: number): Promise<readonly FigureSample[]> {
  const { client, node, route, tools } = place;
  const door = openDoor("here-2", "here-1");
  const samples: FigureSample[] = [];
  let made = 0;
  await untilInForce(node, 0, tools.signal);
  const without = await costOf(route, tools);
  try {
    await create(client, door);
    for (const rules of ruleCounts) {
      const before = made;
      made = rules / rulesOfOne; // also what is made of it when it fails midway is to be removed
      await inGroups(made - before, (i) =>
        create(client, manyRules("here-2", before + i, rulesOfOne)),
      );
      await untilInForce(node, rules + 1, tools.signal);
      const under = await costOf(route, tools);
      samples.push(
        { figure: `stream${rules}`, round, value: under.stream, other: without.stream },
        { figure: `question${rules}`, round, value: under.question, other: without.question },
      );
    }
    return samples;
  } finally {
    await inGroups(made, (i) => remove(client, manyRules("here-2", i, rulesOfOne)));
    await remove(client, door);
  }
}

/** Until the Node's switch has as many ingress rules as are wanted of it, and no other. */
export async function untilInForce(
  node: LabHost,
  rules: number,
  signal: AbortSignal,
): Promise<void> {
  const ruleCount = "antrea_agent_ingress_networkpolicy_rule_count";
  await waitFor(
    async () => sumOf(await agentMetrics(node, signal), ruleCount) === rules || undefined,
    {
      what: `${rules} rules to be in force on ${node.name}`,
      timeoutMs: 120_000,
      everyMs: 200,
      remedy: "read the agent's log",
      signal,
    },
  );
}

/** Milliseconds of a megabyte, and of a question with its answer. */
async function costOf(route: Route, tools: TrafficTools) {
  await warmUp(route, tools);
  const stream = await measure("stream", route, tools);
  const requests = await measure("requests", route, tools);
  return {
    stream: stream.value && 8000 / stream.value,
    question: requests.value && 1000 / requests.value,
  };
}
