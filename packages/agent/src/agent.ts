import type { Service } from "@antrea/base";
import type { RootLogger } from "@antrea/base/io";
import type { AgentEnvironment } from "./node/io/environment.ts";
import { type Ground, openGround } from "./start/ground.ts";
import { furnish, type Rooms, takeUp } from "./start/rooms.ts";
import { askersOf } from "./start/askers.ts";
import { runTasks, tellReady } from "./start/tasks.ts";

export interface RunningAgent {
  /** Rejects when the agent cannot go on; the container is then started anew, and the start is a diff. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

/**
 * The agent, in start order: what it stands on, the rooms that keep Pods and peers, those who ask, and
 * what goes on from then. Resolves when Pods can be connected.
 */
export async function startAgent(
  environment: AgentEnvironment,
  log: RootLogger,
  signal: AbortSignal,
): Promise<RunningAgent> {
  const later: { rooms?: Rooms } = {};
  const onRestored = async () => later.rooms?.hostSide.resync();
  const ground = await openGround(environment, log, { onRestored, signal });
  const { tasks, session, clients, modeChanges, client } = ground;
  await session.start(signal);
  const rooms = await furnish(ground);
  later.rooms = rooms;
  // a task that crashes says why; what waits is only aborted by it
  const askers = await Promise.race([beginWork(ground, rooms, signal), tasks.failed]);
  runTasks(ground, rooms);
  tellReady(ground, rooms);
  return {
    failed: tasks.failed,
    async stop() {
      await askers.stop();
      await tasks.close();
      await session.stop();
      await clients.stop();
      await modeChanges.stop();
      client.close();
    },
  };
}

/** Takes up what is there, and listens to those who ask. */
async function beginWork(ground: Ground, rooms: Rooms, signal: AbortSignal): Promise<Service> {
  await takeUp(ground, rooms, signal);
  const askers = askersOf(ground, rooms);
  await askers.start(signal);
  // a DEL that came between the first look and the listening left word too
  await rooms.cni.removePending();
  return askers;
}
