import { randomInt } from "node:crypto";
import { systemClock } from "@antrea/base/io";
import type { KubeClient } from "@antrea/kube";
import type { Lab, LabHost } from "../../io/lab.ts";
import type { FigureName, FigureSample } from "../figures.ts";
import {
  changesOf,
  clusterDrop,
  crowd,
  crowdPolicy,
  isolation,
  longPolicy,
  type PolicyPath,
  wideRule,
} from "../policy-plan.ts";
import { quantile } from "../statistics.ts";
import { apiOf, create, inGroups, remove, replaceSpec } from "./policy-objects.ts";
import { policyProbe, type PolicyProbe } from "./policy-probe.ts";
import { untilInForce } from "./policy-rules.ts";
import { renewPods } from "./product.ts";

const longOf = (app: string): PolicyPath => longPolicy(app, 10_000);
const wideOf = (app: string): PolicyPath => wideRule(app, 15_000);
/** How often each of these is created and deleted. */
const largeRounds = 3;
/** How long the switch may take to be as quick as ever after such a change, in milliseconds. */
const calmMs = 3000;

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
  const client = await apiOf(lab);
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
    note("a policy of 10,000 rules, and a rule of 15,000 networks");
    const crowdRules = crowd.policies; // each has one
    const calm = async (): Promise<void> => {
      await untilInForce(lab.nodes[0] as LabHost, crowdRules, signal);
      await systemClock.sleep(calmMs, { signal }); // else losses of the change before would be taken for this one's
    };
    const long = await timeLarge(client, probe, longOf("here-1"), calm);
    const wide = await timeLarge(client, probe, wideOf("here-1"), calm);
    return [
      ...samplesOf("policyDrop", "policyDropP99", plain.dropped),
      ...samplesOf("policyPass", "policyPassP99", plain.passed),
      ...samplesOf("clusterDrop", "clusterDropP99", cluster.dropped),
      ...samplesOf("busyDrop", "busyDropP99", busy.dropped),
      ...long.map((value, round) => ({ figure: "longPolicy", round, value }) as const),
      ...wide.map((value, round) => ({ figure: "wideRule", round, value }) as const),
    ];
  } finally {
    await inGroups(crowd.policies, (i) => remove(client, crowdPolicy("here-2", i)));
    const mine = [isolation, clusterDrop, longOf, wideOf].map((of) => of("here-1"));
    for (const one of mine) await remove(client, one);
    client.close();
  }
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

/** The same of a policy so large that the switch is busy with its end for a while. */
async function timeLarge(
  client: KubeClient,
  probe: PolicyProbe,
  policy: PolicyPath,
  calm: () => Promise<void>,
): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 0; i < largeRounds; i++) {
    await calm();
    times.push(await probe.time("blocked", () => create(client, policy)));
    await remove(client, policy);
  }
  return times;
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
