import type { Store } from "@antrea/kube";
import type { AgentInfoRecord } from "../cluster/records.ts";

export type AgentInfoStore = Store<AgentInfoRecord>;

/** How often an agent says that it is there, as with Antrea. */
const HEARTBEAT_MS = 60_000;
/** One that is late by this many of them does not count. */
const MISSED_BEATS = 3;

/** Agents that said that they are there, not long ago. `now` is wall time in milliseconds. */
export function connectedAgents(infos: Iterable<AgentInfoRecord>, now: number): number {
  let count = 0;
  for (const { heartbeatMs } of infos)
    if (now - heartbeatMs <= MISSED_BEATS * HEARTBEAT_MS) count += 1;
  return count;
}
