import { mkdir } from "node:fs/promises";
import {
  type Clock,
  exponentialBackOff,
  type Logger,
  serviceHost,
  taskGroup,
  untilAborted,
} from "@antrea/base";
import {
  bridgeTable,
  interfaceTable,
  isActedOn,
  isOvsdbError,
  openVSwitchTable,
  transactNumbered,
  waitFor,
} from "@antrea/ovsdb";
import { type OvsdbClient, ovsdbClient } from "@antrea/ovsdb/io";
import { askSystemOffer, type DatapathOffers, formatOffers, netdevOffer } from "../datapaths.ts";
import {
  type DaemonName,
  daemonArguments,
  type Layout,
  layoutOf,
  type RunOptions,
} from "../options.ts";
import { restartPolicy } from "../restart-policy.ts";
import { planRootSettings, rootSettings, type SystemFacts } from "../settings.ts";
import { type DaemonOptions, type SupervisedDaemon, supervisedDaemon } from "./daemon.ts";
import { prepareDatabase } from "./database.ts";
import { type StartSettingsKeeper, startSettingsKeeper } from "./keep-start-settings.ts";
import { clearLeftovers } from "./leftovers.ts";
import { keepPacketBuffers } from "./packet-buffers.ts";
import { reopenLogs, rotateLogs } from "./rotate-logs.ts";
import { findTunProblem, readSystemFacts } from "./system-facts.ts";

export interface RunOvsOptions {
  readonly options: RunOptions;
  readonly log: Logger;
  readonly clock: Clock;
  /** Aborts to stop everything. */
  readonly signal: AbortSignal;
}

interface AssembleOptions extends Omit<RunOvsOptions, "signal"> {
  readonly layout: Layout;
  readonly facts: SystemFacts;
}

/**
 * Runs Open vSwitch until the signal aborts: resolves when both daemons have ended in order. Throws when
 * it could not be started, or a daemon cannot be kept running; nothing is left running then either.
 */
export async function runOvs({ options, log, clock, signal }: RunOvsOptions): Promise<void> {
  const layout = layoutOf(options);
  for (const folder of [layout.runDir, layout.logDir]) await mkdir(folder, { recursive: true });
  await clearLeftovers({ layout, log, clock, signal, stopTimeoutMs: options.stopTimeout });
  await prepareDatabase({ layout, log, signal });
  const facts = await readSystemFacts(layout.schema, signal);

  const { client, server, vswitchd, startSettings } = assemble({
    options,
    layout,
    facts,
    log,
    clock,
  });
  const daemons = [server, vswitchd];
  const host = serviceHost([server, client, vswitchd], log);
  const tasks = taskGroup();
  const reopen = (): void => void reopenLogs(daemons, log, signal);
  process.on("SIGHUP", reopen);
  try {
    await host.start(signal);
    const offers = await probeDatapaths(vswitchd, signal);
    const datapaths = formatOffers(offers);
    log.info("Open vSwitch is ready", { version: facts.ovsVersion, datapaths });
    if (!offers.system.isOffered && !offers.netdev.isOffered) throw new Error(datapaths);
    const limits = {
      maxSizeBytes: options.logMaxSize * 2 ** 20,
      maxFiles: options.logMaxFiles,
    };
    tasks.run("log rotation", (wait) =>
      rotateLogs({ daemons, layout, clock, log, ...limits }, wait),
    );
    tasks.run("start settings", (wait) => startSettings.keep(client.replica, vswitchd, wait));
    const sizes = {
      receiveBytes: options.receiveBuffer * 2 ** 10,
      sendBytes: options.sendBuffer * 2 ** 10,
    };
    if (sizes.receiveBytes > 0 || sizes.sendBytes > 0)
      tasks.run("packet buffers", (wait) =>
        keepPacketBuffers({ vswitchd, replica: client.replica, sizes, clock, log }, wait),
      );
    await Promise.race([untilAborted(signal), server.failed, vswitchd.failed, tasks.failed]);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    process.off("SIGHUP", reopen);
    await tasks.close();
    await host.stop();
    log.info("Stopped Open vSwitch");
  }
}

interface Parts {
  readonly client: OvsdbClient;
  readonly server: SupervisedDaemon;
  readonly vswitchd: SupervisedDaemon;
  readonly startSettings: StartSettingsKeeper;
}

/** The two daemons and our connection to the first, in the order in which they depend on each other. */
function assemble({ options, layout, facts, log, clock }: AssembleOptions): Parts {
  const client = ovsdbClient({
    path: layout.socket,
    tables: [openVSwitchTable, bridgeTable, interfaceTable],
    log,
    clock,
    backOff: exponentialBackOff({ firstMs: 10, maxMs: 200, random: Math.random }),
  });
  const startSettings = startSettingsKeeper(client);
  const daemon = (
    name: DaemonName,
    own: Pick<DaemonOptions, "ready" | "prepare">,
  ): SupervisedDaemon =>
    supervisedDaemon({
      name,
      args: daemonArguments(name, layout, options),
      runDir: layout.runDir,
      log,
      clock,
      policy: restartPolicy(),
      stopTimeoutMs: options.stopTimeout,
      ...own,
    });
  return {
    client,
    startSettings,
    server: daemon("ovsdb-server", {
      ready: (control, wait) => untilAnswering(control, clock, wait),
    }),
    vswitchd: daemon("ovs-vswitchd", {
      prepare: (wait) =>
        overReconnections(async () => {
          await writeSettings(client, options, facts, wait);
          startSettings.note();
        }),
      ready: (_, wait) =>
        overReconnections(async () => {
          await untilConfigured(client, wait);
          await startSettings.publish(wait);
        }),
    }),
  };
}

/** Resolves when a daemon answers on its control socket: it does so from its main loop only. */
async function untilAnswering(
  control: SupervisedDaemon["control"],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (true) {
    try {
      return void (await control("version", [], signal));
    } catch {
      await clock.sleep(10, { signal });
    }
  }
}

/** ovs-vswitchd reads some of the root row only when it starts. */
async function writeSettings(
  client: OvsdbClient,
  options: RunOptions,
  facts: SystemFacts,
  signal: AbortSignal,
): Promise<void> {
  await client.transact([], { signal }); // the replica is of this connection
  const operations = planRootSettings(client.replica, rootSettings(options, facts, client.replica));
  if (operations.length > 0) await client.transact(operations, { signal });
}

/** Resolves when ovs-vswitchd has read the database and acted on it. */
async function untilConfigured(client: OvsdbClient, signal: AbortSignal): Promise<void> {
  const { configuration } = await transactNumbered(client, [], { signal });
  await waitFor(client.replica, (r) => isActedOn(r, configuration) || undefined, { signal });
}

/** Does it again while the connection to ovsdb-server is lost on the way; what is done is safe to repeat. */
async function overReconnections(body: () => Promise<void>): Promise<void> {
  while (true) {
    try {
      return await body();
    } catch (error) {
      if (!isOvsdbError(error, "disconnected")) throw error;
    }
  }
}

async function probeDatapaths(
  vswitchd: SupervisedDaemon,
  signal: AbortSignal,
): Promise<DatapathOffers> {
  const system = await askSystemOffer((command, args) => vswitchd.control(command, args, signal));
  signal.throwIfAborted();
  if (!system) throw new Error("ovs-vswitchd does not say which datapaths the kernel has");
  return { system, netdev: netdevOffer(await findTunProblem()) };
}
