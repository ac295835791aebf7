import type { GateLimits } from "@antrea/kube";
import { streamNames } from "@antrea/policy/controlplane";

/** The largest cluster that Kubernetes supports. What is beyond it is refused, so that strangers cannot be more either. */
export const mostNodes = 5_000;

/** Each agent keeps its streams open, and reports by another connection. */
const connectionsOfAgent = streamNames.length + 1;
/** Agents that come back while TCP still waits for what they had, people, and the API server. */
const reserve = 1.25;

export const apiLimits = {
  connections: mostNodes * connectionsOfAgent * reserve,
  connectionsOfOne: 256,
} as const;

/** All agents come at once where another controller begins to lead: what each may is asked for each stream, and for reports. */
export const gateLimits: GateLimits = {
  remembered: mostNodes * connectionsOfAgent,
  waiting: mostNodes * connectionsOfAgent,
};
