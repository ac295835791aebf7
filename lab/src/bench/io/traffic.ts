import type { ChildProcess } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { errorText } from "@antrea/base";
import type { Argv } from "../../io/command.ts";
import { run } from "../../io/command.ts";
import { inNamespaces } from "../../io/enter.ts";
import { waitFor } from "../../io/wait.ts";
import { isListening } from "../listening.ts";
import { type MeasuringTool, measuringTools, type RunClient } from "../measuring-tools.ts";
import type { TrafficMetric } from "../plan.ts";
import type { Children } from "./namespace.ts";
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
  /** The agents of the Nodes; the floor has none. */
  readonly agents: readonly SwitchProcess[];
}

export interface TrafficTools {
  /** Of this benchmark: for what the tools read and write. */
  readonly folder: string;
  readonly children: Children;
  readonly seconds: number;
  readonly signal: AbortSignal;
}

export interface Measured {
  readonly value: number | undefined;
  readonly switchCpuSeconds?: number;
  readonly agentCpuSeconds?: number;
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
  const { switches, agents } = route;
  const before = { switches: total(switches), agents: total(agents) };
  try {
    const value = await ask(measuringTools[metric], route, tools);
    return {
      value,
      switchCpuSeconds: total(switches) - before.switches,
      ...(agents.length > 0 && { agentCpuSeconds: total(agents) - before.agents }),
    };
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

async function ask(
  { port, server, files, measure }: MeasuringTool,
  { from, to }: Route,
  { folder, children, seconds, signal }: TrafficTools,
): Promise<number> {
  for (const [name, content] of Object.entries(files?.(folder) ?? {}))
    writeFileSync(`${folder}/${name}`, content);
  // a server of its own for each: some end late with the client before
  const client: RunClient = async (argv) => {
    const answering = await listening(children, inNamespaces(to, server(folder)), port, signal);
    try {
      const limit = AbortSignal.timeout((seconds + spareSeconds) * 1000);
      return await run(inNamespaces(from, argv), { signal: AbortSignal.any([signal, limit]) });
    } finally {
      await children.end(answering);
    }
  };
  const snmp: Argv = ["cat", "/proc/net/snmp"];
  const serverSnmp = async () => await run(inNamespaces(to, snmp), { signal });
  return await measure({ client, address: to.address, serverSnmp }, seconds);
}

/** What a client may take beside its seconds. */
const spareSeconds = 15;

/** A server that ends at once is started again: the port of the one before may not be free yet. */
async function listening(
  children: Children,
  argv: Argv,
  port: number,
  signal: AbortSignal,
): Promise<ChildProcess> {
  let server = children.start(argv);
  const hasEnded = () => server.exitCode !== null || server.signalCode !== null;
  // a process's view of /proc/net is its namespace's
  const probe = () =>
    ["tcp", "tcp6"].some((kind) =>
      isListening(readFileSync(`/proc/${server.pid}/net/${kind}`, "utf8"), port),
    );
  await waitFor(
    () => {
      if (hasEnded()) server = children.start(argv);
      return probe() || undefined;
    },
    {
      what: `a server to listen on port ${port}`,
      timeoutMs: startTimeoutMs,
      everyMs: 20,
      remedy: "see whether its Debian package is installed: make install",
      signal,
    },
  ).catch(async (error: unknown) => {
    await children.end(server);
    throw error;
  });
  return server;
}

function total(switches: readonly SwitchProcess[]): number {
  return switches.reduce((sum, one) => sum + cpuSeconds(one), 0);
}
