import { readFileSync, writeFileSync } from "node:fs";
import { errorText } from "@antrea/base";
import { nodeFolders, nodePaths } from "../../cluster/node-programs.ts";
import { type Argv, type Environment, run } from "../../io/command.ts";
import { inNamespaces } from "../../io/enter.ts";
import { burst, callsEach, type CniFigure, podCounts } from "../cni-figures.ts";
import { parseHyperfine } from "../output-of-tools.ts";
import { timedOnce } from "../time-program.ts";
import type { Sample } from "../plan.ts";
import { type CniCommand, pluginEnv } from "../plugin-call.ts";
import {
  type CniBench,
  cniFiles,
  crowdOf,
  forEachLine,
  makePlaces,
  type Place,
  pluginForEach,
  removePlaces,
} from "./cni-crowd.ts";

type CniSample = Pick<Sample, "metric" | "subject" | "pods" | "value" | "problem">;

/**
 * ADD and DEL with ten, a hundred and 250 Pods on the Node, as a runtime does them: by running the plugin
 * there. Between them, a port is added to and removed from the floor's bridge by ovs-vsctl, which has as
 * many ports and whose veth is there already. After the first ten, a hundred Pods come twenty at a time.
 */
export async function measureCni(bench: CniBench, round: number): Promise<readonly CniSample[]> {
  await using crowd = await crowdOf(bench);
  const samples: CniSample[] = [];
  for (const pods of podCounts) {
    await crowd.become(pods - callsEach);
    const places = await makePlaces(bench, placesOf(round));
    samples.push(...(await bench.whileOthersRest(() => measureCalls(bench, { pods, places }))));
    await removePlaces(bench, places);
    if (pods !== podCounts[0]) continue;
    const many = await crowd.announce(burst.pods);
    samples.push(...(await bench.whileOthersRest(() => measureBurst(bench, many))));
  }
  return samples;
}

function placesOf(round: number): readonly Place[] {
  return Array.from({ length: callsEach }, (_, i) => ({
    container: `bench-cni-${round}-${i}`,
    device: `cni${i}`,
  }));
}

/** Single calls, one after another, ours and the floor's in turn. */
async function measureCalls(
  bench: CniBench,
  { pods, places }: { readonly pods: number; readonly places: readonly Place[] },
): Promise<readonly CniSample[]> {
  const samples: CniSample[] = [];
  const take = async (
    metric: CniFigure["metric"],
    subject: Sample["subject"],
    measure: () => Promise<number>,
  ) => void samples.push(await taken(bench, { metric, pods, subject }, measure));
  for (const place of places) {
    await take("add", "ours", () => callPlugin(bench, "ADD", place));
    await take("firstPing", "ours", () => ping(bench, place));
    await take("add", "floor", () => callVsctl(bench, "add-port", place));
  }
  for (const place of places) {
    await take("delete", "ours", () => callPlugin(bench, "DEL", place));
    await take("delete", "floor", () => callVsctl(bench, "del-port", place));
  }
  return samples;
}

/** Takes one figure; one that cannot be taken says why. */
async function taken(
  { signal }: CniBench,
  figure: CniFigure & Pick<Sample, "subject">,
  measure: () => Promise<number>,
): Promise<CniSample> {
  try {
    return { ...figure, value: await measure() };
  } catch (error) {
    if (signal.aborted) throw error;
    return { ...figure, value: undefined, problem: errorText(error) };
  }
}

/** Many at a time: ours, and then the floor's. */
async function measureBurst(
  bench: CniBench,
  places: readonly Place[],
): Promise<readonly CniSample[]> {
  const figure = { metric: "burst", pods: burst.pods } as const;
  const { nodePlan, floor, folder, signal } = bench;
  const list = (names: readonly string[]): string => `${names.join("\n")}\n`;
  const ours = await taken(bench, { ...figure, subject: "ours" }, async () => {
    const names = list(places.map(({ container }) => container));
    writeFileSync(`${nodeFolders(nodePlan).opt}/${cniFiles.names}`, names);
    return timedOnNode(bench, pluginForEach("ADD", burst.atOnce), { input: cniFiles.names });
  });
  const theirs = await taken(bench, { ...figure, subject: "floor" }, async () => {
    writeFileSync(`${folder}/devices`, list(places.map(({ device }) => device)));
    const files = { input: `${folder}/devices`, times: `${folder}/vsctl-times.json` };
    const vsctl = forEachLine(burst.atOnce, floor.vsctl("add-port", "br-int", "@"));
    await run(inNamespaces(floor, timedOnce(vsctl, files)), { signal });
    return parseHyperfine(readFileSync(files.times, "utf8"));
  });
  return [ours, theirs];
}

/** Milliseconds from the start of the plugin to its end. */
async function callPlugin(
  bench: CniBench,
  command: CniCommand,
  { container }: Place,
): Promise<number> {
  const env = pluginEnv(command, container);
  return timedOnNode(bench, [`${nodePaths.cniBin}/antrea`], { input: cniFiles.config, env });
}

/** A plugin that fails says why on its standard output. */
async function timedOnNode(
  { node, nodePlan, signal }: CniBench,
  argv: Argv,
  { input, env = {} }: { readonly input: string; readonly env?: Environment },
): Promise<number> {
  const timed = timedOnce(argv, { input: `/opt/${input}`, times: `/opt/${cniFiles.times}` });
  const { exitCode, stdout, stderr } = await node.attempt(timed, { env, signal });
  if (exitCode !== 0) throw new Error(`the plugin failed: ${(stdout || stderr).slice(-2000)}`);
  return parseHyperfine(readFileSync(`${nodeFolders(nodePlan).opt}/${cniFiles.times}`, "utf8"));
}

/** In percent: whether the one echo that the Pod asks for at once is answered by another Pod. */
async function ping({ node, neighbour, signal }: CniBench, { container }: Place): Promise<number> {
  const argv = ["-n", "-c", "1", "-W", "1", neighbour];
  const inPod = await node.attempt(["ip", "netns", "exec", container, "ping", ...argv], { signal });
  return inPod.exitCode === 0 ? 100 : 0;
}

async function callVsctl(
  { floor, folder, signal }: CniBench,
  command: "add-port" | "del-port",
  { device }: Place,
): Promise<number> {
  const files = { input: "/dev/null", times: `${folder}/vsctl-times.json` };
  const vsctl = floor.vsctl(command, "br-int", device);
  await run(inNamespaces(floor, timedOnce(vsctl, files)), { signal });
  return parseHyperfine(readFileSync(files.times, "utf8"));
}
