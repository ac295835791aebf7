import { once } from "node:events";
import { errorText } from "@antrea/base";
import type { Argv } from "../../io/command.ts";
import { run } from "../../io/command.ts";
import { inNamespaces } from "../../io/enter.ts";
import { waitFor } from "../../io/wait.ts";
import { parseIperf } from "../../walk/output-of-tools.ts";
import { parseProbe } from "../output-of-probe.ts";
import type { TrafficMetric } from "../plan.ts";
import type { Children } from "./namespace.ts";
import { probePort } from "./probe-tool.ts";
import { cpuSeconds, type SwitchProcess } from "./switch-process.ts";

/** A place that sends or answers: a Pod, or its like on the floor. */
export interface Endpoint {
  /** File of its network namespace. */
  readonly net: string;
  readonly address: string;
}

/** Two endpoints, and the switches between them. */
export interface Route {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly switches: readonly SwitchProcess[];
}

export interface TrafficTools {
  readonly probe: string;
  readonly children: Children;
  readonly seconds: number;
  readonly signal: AbortSignal;
}

export interface Measured {
  readonly value: number | undefined;
  readonly switchCpuSeconds?: number;
  readonly problem?: string;
}

/** How long a server may take until it listens. */
const startTimeoutMs = 10_000;

/** One figure. What goes wrong is told, not thrown: the other figures are still worth having. */
export async function measure(
  metric: TrafficMetric,
  route: Route,
  tools: TrafficTools,
): Promise<Measured> {
  const before = total(route.switches);
  try {
    const value =
      metric === "stream" ? await stream(route, tools) : await rate(metric, route, tools);
    return { value, switchCpuSeconds: total(route.switches) - before };
  } catch (error) {
    if (tools.signal.aborted) throw error;
    return { value: undefined, problem: errorText(error) };
  }
}

/** The seconds of traffic that are not counted, before the first figure of a route. */
export const warmUpSeconds = 1;

/** Until the first packets came through, neighbours are found and flows made; then a little traffic. */
export async function warmUp(route: Route, tools: TrafficTools): Promise<void> {
  await waitForPath(route, tools.signal);
  await measure("stream", route, { ...tools, seconds: warmUpSeconds });
}

async function waitForPath({ from, to }: Route, signal: AbortSignal): Promise<void> {
  const ping: Argv = ["ping", "-q", "-c", "3", "-i", "0.05", "-W", "1", to.address];
  await waitFor(
    async () => {
      await run(inNamespaces(from, ping), { signal });
      return true;
    },
    {
      what: `${to.address} to answer`,
      timeoutMs: 30_000,
      remedy: "look at the Nodes: the lab stays up with --keep",
      signal,
    },
  );
}

/** Mbit/s that the receiver counted. */
async function stream({ from, to }: Route, { children, seconds, signal }: TrafficTools) {
  const server = children.start(
    inNamespaces(to, ["iperf3", "--server", "--one-off", "--forceflush"]),
    {
      stdout: "pipe",
    },
  );
  try {
    await listening(server.stdout, signal);
    const client: Argv = ["iperf3", "--client", to.address, "--time", String(seconds), "--json"];
    const limit = AbortSignal.any([signal, AbortSignal.timeout((seconds + 15) * 1000)]);
    const report = await run(inNamespaces(from, [...client, "--connect-timeout", "3000"]), {
      signal: limit,
    });
    const bps = parseIperf(report);
    if (bps === undefined) throw new Error("iperf3 reported no received bytes");
    return bps / 1e6;
  } finally {
    await children.end(server);
  }
}

async function rate(
  metric: "requests" | "connects",
  { from, to }: Route,
  { probe, children, seconds, signal }: TrafficTools,
): Promise<number> {
  const server = children.start(inNamespaces(to, [probe, "serve", String(probePort)]), {
    stdout: "pipe",
  });
  try {
    await listening(server.stdout, signal);
    const client: Argv = [probe, metric, to.address, String(probePort), String(seconds)];
    const { count, seconds: took } = parseProbe(await run(inNamespaces(from, client), { signal }));
    return count / took;
  } finally {
    await children.end(server);
  }
}

/** Both servers say a word once they listen. */
async function listening(stdout: NodeJS.ReadableStream | null, signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(startTimeoutMs)]);
  if (stdout) await once(stdout, "data", { signal: limit });
}

function total(switches: readonly SwitchProcess[]): number {
  return switches.reduce((sum, one) => sum + cpuSeconds(one), 0);
}
