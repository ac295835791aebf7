import { loadavg } from "node:os";
import { errorText } from "@antrea/base";
import type { Lab } from "../../io/lab.ts";
import { waitFor } from "../../io/wait.ts";
import {
  type ComparedMode,
  iperfCommand,
  iperfObjects,
  iperfPods,
  type ModeSample,
  type ModesOptions,
  type ModesRun,
  parseIperfText,
  planModes,
} from "../modes.ts";
import { setups } from "../plan.ts";
import { randomFrom } from "../statistics.ts";
import { type BenchRequest, withBenchLab } from "./bench-lab.ts";
import { changeSetup } from "./product.ts";
import { surroundings } from "./surroundings.ts";

export interface RunModes extends BenchRequest {
  readonly options: ModesOptions;
}

/** Measures every mode as the guide does, on a lab of its own. */
export function runModes(request: RunModes): Promise<ModesRun> {
  return withBenchLab(request, (lab) => measureModes(lab, request));
}

/** Seconds that changing the mode, making the Pods anew and the first traffic take. */
const visitSeconds = 22;

async function measureModes(
  lab: Lab,
  { options, seed, progress, signal }: RunModes,
): Promise<ModesRun> {
  const startedAt = new Date().toISOString();
  const loadBefore = loadavg()[0] ?? 0;
  const visits = planModes(options.rounds, randomFrom(seed));
  const steps = progress({
    total: visits.length,
    expectedSeconds: visits.map(() => visitSeconds + options.seconds),
  });
  const samples: ModeSample[] = [];
  for (const { round, mode } of visits) {
    const title = `Round ${round + 1} of ${options.rounds}: ${setups[mode].title}`;
    await steps.step(title, async (note) => {
      samples.push({ round, mode, ...(await measureMode(lab, { mode, options, note, signal })) });
    });
  }
  await deletePods(lab, signal);
  return {
    startedAt,
    finishedAt: new Date().toISOString(),
    options,
    seed,
    surroundings: await surroundings(loadBefore, signal),
    command: `kubectl ${iperfCommand("$SERVER_IP", options.seconds).join(" ")}`,
    samples,
  };
}

interface Visit {
  readonly mode: ComparedMode;
  readonly options: ModesOptions;
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
}

/** What goes wrong is told, not thrown: the other modes are still worth having. */
async function measureMode(
  lab: Lab,
  { mode, options, note, signal }: Visit,
): Promise<Pick<ModeSample, "result" | "problem">> {
  try {
    note("change the ConfigMap, kubectl rollout restart");
    await changeSetup(lab, mode, signal);
    note("make the Pods anew");
    const address = await renewPods(lab, signal);
    const iperf = (seconds: number) => lab.kubectl(iperfCommand(address, seconds), { signal });
    // Until the server listens; what this second measures does not count.
    await waitFor(() => iperf(1), {
      what: "iperf-client to reach iperf-server",
      timeoutMs: 30_000,
      remedy: `look at the Pods: ./antrea-lab --name ${lab.name} kubectl describe pods`,
      signal,
    });
    note(`iperf3 for ${options.seconds} s`);
    return { result: parseIperfText(await iperf(options.seconds)) };
  } catch (error) {
    if (signal.aborted) throw error;
    return { problem: errorText(error) };
  }
}

/** Makes both Pods anew, so that they have the MTU of the mode in force, and gives the server's address. */
async function renewPods(lab: Lab, signal: AbortSignal): Promise<string> {
  await deletePods(lab, signal);
  const [client, server] = lab.plan.nodes;
  await lab.apply(iperfObjects(server?.name ?? "", client?.name ?? ""), { signal });
  const pods = [`pod/${iperfPods.server}`, `pod/${iperfPods.client}`];
  await lab.kubectl(["wait", "--for=condition=Ready", ...pods, "--timeout=90s"], { signal });
  const asked = ["get", "pod", iperfPods.server, "-o", "jsonpath={.status.podIP}"];
  return (await lab.kubectl(asked, { signal })).trim();
}

async function deletePods(lab: Lab, signal: AbortSignal): Promise<void> {
  const gone = ["delete", "pod", ...Object.values(iperfPods), "--ignore-not-found", "--wait"];
  await lab.kubectl(gone, { signal });
}
