import { randomInt } from "node:crypto";
import { silentLogger } from "@antrea/base";
import { systemClock } from "@antrea/base/io";
import { type KubeClient, KubeError } from "@antrea/kube";
import { kubeClient, loadKubeConfig } from "@antrea/kube/io";
import type { Lab } from "../../io/lab.ts";
import type { FigureName, FigureSample } from "../figures.ts";
import {
  changesOf,
  clusterDrop,
  crowd,
  crowdPolicy,
  isolation,
  manyRules,
  openDoor,
  type PolicyPath,
} from "../policy-plan.ts";
import { quantile } from "../statistics.ts";
import { policyProbe, type PolicyProbe } from "./policy-probe.ts";
import { renewPods } from "./product.ts";
import { measure, type Route, type TrafficTools, warmUp } from "./traffic.ts";

/** Rules that stand between the Pods of a stream. */
const ruleCounts = [1000, 10_000] as const;
const rulesOfOne = 100;

/** How many requests are under way at once where nobody looks at the time. */
const atOnce = 20;

/**
 * From the call that creates a policy to the first packet that is dropped, and from the one that deletes
 * it to the first that passes; then the same beside a thousand other policies that change all the time.
 */
export async function measurePolicy(
  lab: Lab,
  isQuick: boolean,
  note: (text: string) => void,
  signal: AbortSignal,
): Promise<readonly FigureSample[]> {
  const pods = await renewPods(lab, signal);
  const client = await clientOf(lab);
  await using probe = await policyProbe(pods["there-1"], pods["here-1"]);
  const count = changesOf(isQuick);
  try {
    note("a policy of Kubernetes, created and deleted");
    const plain = await timeChanges(client, probe, isolation("here-1"), count);
    note("a policy of the cluster, created and deleted");
    const cluster = await timeChanges(client, probe, clusterDrop("here-1"), count);
    note(`${crowd.policies} policies are made`);
    await inGroups(crowd.policies, (i) => create(client, crowdPolicy("here-2", i)));
    note(`the same, while ${crowd.changesPerSecond} of them change each second`);
    const busy = await whileOthersChange(client, () =>
      timeChanges(client, probe, isolation("here-1"), count),
    );
    return [
      ...samplesOf("policyDrop", "policyDropP99", plain.dropped),
      ...samplesOf("policyPass", "policyPassP99", plain.passed),
      ...samplesOf("clusterDrop", "clusterDropP99", cluster.dropped),
      ...samplesOf("busyDrop", "busyDropP99", busy.dropped),
    ];
  } finally {
    await inGroups(crowd.policies, (i) => remove(client, crowdPolicy("here-2", i)));
    for (const one of [isolation("here-1"), clusterDrop("here-1")]) await remove(client, one);
    client.close();
  }
}

/** What a stream and a question cost while so many rules are in force for the Pod that is sent to. */
export async function measureUnderRules(
  lab: Lab,
  tools: TrafficTools,
  note: (text: string) => void,
): Promise<readonly FigureSample[]> {
  const { signal } = tools;
  const pods = await renewPods(lab, signal);
  const client = await clientOf(lab);
  const route = { from: pods["here-1"], to: pods["here-2"], switches: [], agents: [] };
  const door = openDoor("here-2", "here-1");
  const samples: FigureSample[] = [];
  const without = await costOf(route, tools);
  let made = 0;
  try {
    await create(client, door);
    for (const rules of ruleCounts) {
      note(`${rules} rules`);
      const wanted = rules / rulesOfOne;
      const before = made;
      made = wanted; // also what is made of it when it fails midway is to be removed
      await inGroups(wanted - before, (i) =>
        create(client, manyRules("here-2", before + i, rulesOfOne)),
      );
      const under = await costOf(route, tools);
      samples.push(
        { figure: `stream${rules}`, round: 0, value: under.stream, other: without.stream },
        { figure: `question${rules}`, round: 0, value: under.question, other: without.question },
      );
    }
    return samples;
  } finally {
    await inGroups(made, (i) => remove(client, manyRules("here-2", i, rulesOfOne)));
    await remove(client, door);
    client.close();
  }
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

interface Times {
  readonly dropped: readonly number[];
  readonly passed: readonly number[];
}

async function timeChanges(
  client: KubeClient,
  probe: PolicyProbe,
  policy: PolicyPath,
  count: number,
): Promise<Times> {
  const dropped: number[] = [];
  const passed: number[] = [];
  for (let i = 0; i < count; i++) {
    dropped.push(await probe.time("blocked", () => create(client, policy)));
    passed.push(await probe.time("passing", () => remove(client, policy)));
  }
  return { dropped, passed };
}

/** Changes one policy of the crowd after the other, by chance, until `body` is done. */
async function whileOthersChange<T>(client: KubeClient, body: () => Promise<T>): Promise<T> {
  const done = new AbortController();
  const changing = (async () => {
    for (let turn = 1; !done.signal.aborted; turn++) {
      await replaceSpec(client, crowdPolicy("here-2", randomInt(crowd.policies), turn));
      await systemClock
        .sleep(1000 / crowd.changesPerSecond, { signal: done.signal })
        .catch(() => {});
    }
  })();
  try {
    return await body();
  } finally {
    done.abort();
    await changing;
  }
}

async function clientOf({ kubeconfig }: Lab): Promise<KubeClient> {
  const access = await loadKubeConfig({ kubeconfig });
  const deps = { log: silentLogger, clock: systemClock, userAgent: "antrea-lab-bench" };
  return kubeClient(access, deps);
}

async function create(client: KubeClient, { path, object }: PolicyPath): Promise<void> {
  await client.request({ method: "POST", path, body: JSON.stringify(object) });
}

async function replaceSpec(client: KubeClient, { path, object }: PolicyPath): Promise<void> {
  await client.request({
    method: "PATCH",
    path: `${path}/${object.metadata.name}`,
    headers: { "content-type": "application/merge-patch+json" },
    body: JSON.stringify({ spec: object["spec"] }),
  });
}

async function remove(client: KubeClient, { path, object }: PolicyPath): Promise<void> {
  try {
    await client.request({ method: "DELETE", path: `${path}/${object.metadata.name}` });
  } catch (error) {
    if (!(error instanceof KubeError && error.code === "not-found")) throw error;
  }
}

function samplesOf(
  figure: FigureName,
  figureP99: FigureName,
  times: readonly number[],
): readonly FigureSample[] {
  const sorted = times.toSorted((a, b) => a - b);
  return [
    ...times.map((value, round) => ({ figure, round, value })),
    { figure: figureP99, round: 0, value: quantile(sorted, 0.99) },
  ];
}

async function inGroups(count: number, each: (index: number) => Promise<void>): Promise<void> {
  for (let i = 0; i < count; i += atOnce)
    await Promise.all(Array.from({ length: Math.min(atOnce, count - i) }, (_, j) => each(i + j)));
}
