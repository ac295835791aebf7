import { loadavg } from "node:os";
import { errorText } from "@antrea/base";
import type { Lab } from "../../io/lab.ts";
import { waitFor } from "../../io/wait.ts";
import type { ModeNetwork } from "../mode-network.ts";
import {
  type ComparedMode,
  iperfCommand,
  iperfObjects,
  iperfPods,
  type ModeSample,
  type ModesOptions,
  type ModesRun,
  nameOf,
  parseIperfText,
  planModes,
} from "../modes.ts";
import type { Sample } from "../plan.ts";
import { randomFrom } from "../statistics.ts";
import { addPodRoutes } from "../../io/pod-routes.ts";
import { askNetwork } from "./ask-network.ts";
import { type BenchRequest, withBenchLab } from "./bench-lab.ts";
import { depthBench, depthSeconds } from "./modes-depth.ts";
import { changeSetup } from "./product.ts";
import { surroundings } from "./surroundings.ts";

export interface RunModes extends BenchRequest {
  readonly options: ModesOptions;
}

/** Measures every mode as the guide does, and in depth, on a lab of its own. */
export function runModes(request: RunModes): Promise<ModesRun> {
  const { subnets } = request.options;
  const loadBefore = loadavg()[0] ?? 0; // of others: a lab that starts makes some of its own
  return withBenchLab({ ...request, subnets }, (lab) => measureModes(lab, request, loadBefore));
}

/** Seconds that changing the mode, making Pods anew and the first traffic take. */
const visitSeconds = 35;

async function measureModes(
  lab: Lab,
  { options, seed, progress, signal }: RunModes,
  loadBefore: number,
): Promise<ModesRun> {
  const startedAt = new Date().toISOString();
  const visits = planModes(options.rounds, randomFrom(seed));
  const visitTakes = visitSeconds + options.seconds + depthSeconds(options.figureSeconds);
  const steps = progress({ total: visits.length, expectedSeconds: visits.map(() => visitTakes) });
  if (options.hasRoutes) await addPodRoutes(lab);
  await using depth = await depthBench(lab, options.figureSeconds, signal);
  const samples: ModeSample[] = [];
  const inDepth: Sample[] = [];
  const network: Partial<Record<ComparedMode, ModeNetwork>> = {};
  for (const { round, mode } of visits) {
    const title = `Round ${round + 1} of ${options.rounds}: ${nameOf(mode)}`;
    await steps.step(title, async (note) => {
      const visit = { mode, options, known: network[mode], note, signal };
      const entered = await enterMode(lab, visit);
      if (entered.network) network[mode] = entered.network;
      const problem = entered.problem ?? network[mode]?.missing[0];
      if (problem !== undefined) {
        samples.push({ round, mode, problem });
        return;
      }
      samples.push({ round, mode, ...(await measureAsInGuide(lab, visit)) });
      inDepth.push(...(await depth.measure(mode, round, note)));
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
    depth: inDepth,
    network,
  };
}

interface Visit {
  readonly mode: ComparedMode;
  readonly options: ModesOptions;
  /** What was seen in an earlier round. */
  readonly known: ModeNetwork | undefined;
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Changes the mode, and asks what the network is in it, until no route is missing: an answer may have
 * been late. What goes wrong is told, not thrown: the other modes are still worth having.
 */
async function enterMode(
  lab: Lab,
  { mode, known, note, signal }: Visit,
): Promise<{ readonly network?: ModeNetwork; readonly problem?: string }> {
  try {
    note("change the ConfigMap, kubectl rollout restart, wait for step Done");
    await changeSetup(lab, mode, signal);
    if (known && known.missing.length === 0) return {};
    note("ask the agents about paths and routes");
    return { network: await askNetwork(lab, signal) };
  } catch (error) {
    if (signal.aborted) throw error;
    return { problem: errorText(error) };
  }
}

async function measureAsInGuide(
  lab: Lab,
  { options, note, signal }: Visit,
): Promise<Pick<ModeSample, "result" | "problem">> {
  try {
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
