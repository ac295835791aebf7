import type { AgentInfo } from "@antrea/api";
import { type Clock, isAbort, type Logger } from "@antrea/base";
import { apiVersionOf, isKubeError, type KubeClient, resources } from "@antrea/kube";
import type { Condition } from "./conditions.ts";

export interface PublisherDeps {
  readonly client: KubeClient;
  readonly nodeName: string;
  readonly info: (signal: AbortSignal) => Promise<AgentInfo>;
  /** Cheap: it is looked at every second. */
  readonly conditions: () => readonly Condition[];
  readonly clock: Clock;
  readonly log: Logger;
}

/** Antrea's heartbeat, in milliseconds. */
const heartbeatMs = 60_000;
/** How often it is looked whether something has changed; changes that come together are told together. */
const lookMs = 1_000;
/** After this time a write that failed is tried again, or sooner if the conditions change. */
const retryMs = 10_000;

/** Keeps this Node's AntreaAgentInfo true: at every heartbeat, and soon after a change. */
export interface InfoPublisher {
  /** Something that the object tells has changed, beside its conditions. */
  changed(): void;
  /** False after a write that the API server did not answer: a watch may be cut without a sign. */
  readonly isHeard: boolean;
  run(signal: AbortSignal): Promise<void>;
}

export function infoPublisher({
  client,
  nodeName,
  info,
  conditions,
  clock,
  log,
}: PublisherDeps): InfoPublisher {
  let hasNews = true;
  let isHeard = true;

  /** Gives what was written; undefined if nothing was. */
  async function publish(signal: AbortSignal): Promise<AgentInfo | undefined> {
    isHeard = true; // who reads it has been reached
    try {
      const resource = resources.antreaAgentInfos;
      const told = await info(signal);
      const object = {
        apiVersion: apiVersionOf(resource),
        kind: resource.kind,
        metadata: { name: nodeName },
        ...told,
      };
      await client.apply(resource, object, { fieldManager: "antrea-agent", force: true, signal });
      return told;
    } catch (error) {
      if (signal.aborted && isAbort(error)) return undefined;
      isHeard = !isKubeError(error, "unreachable", "timeout");
      log.warn("Could not publish AntreaAgentInfo, will retry", { err: error });
      return undefined;
    }
  }

  return {
    changed: () => void (hasNews = true),
    get isHeard() {
      return isHeard;
    },
    async run(signal) {
      let told = "";
      let dueMs = 0;
      while (!signal.aborted) {
        if (hasNews || statusOf(conditions()) !== told || clock.now() >= dueMs) {
          hasNews = false;
          const written = await publish(signal);
          told = statusOf(written?.agentConditions ?? conditions());
          dueMs = clock.now() + (written ? heartbeatMs : retryMs);
        }
        await clock.sleep(lookMs, { signal }).catch(() => {});
      }
    },
  };
}

function statusOf(conditions: readonly Condition[]): string {
  return conditions.map(({ type, status }) => `${type}=${status}`).join();
}
