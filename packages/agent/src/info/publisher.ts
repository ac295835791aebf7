import type { AgentInfo } from "@antrea/api";
import { type Clock, isAbort, type Logger } from "@antrea/base";
import { apiVersionOf, type KubeClient, resources } from "@antrea/kube";

export interface PublisherDeps {
  readonly client: KubeClient;
  readonly nodeName: string;
  readonly info: (signal: AbortSignal) => Promise<AgentInfo>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Antrea's heartbeat, in milliseconds. */
const heartbeatMs = 60_000;
/** Changes that come together are told together. */
const settleMs = 1_000;

/** Keeps this Node's AntreaAgentInfo true: at every heartbeat, and soon after a change. */
export interface InfoPublisher {
  /** Something that the object tells has changed. */
  changed(): void;
  run(signal: AbortSignal): Promise<void>;
}

export function infoPublisher({
  client,
  nodeName,
  info,
  clock,
  log,
}: PublisherDeps): InfoPublisher {
  let wake = Promise.withResolvers<void>();

  async function publish(signal: AbortSignal): Promise<void> {
    try {
      const resource = resources.antreaAgentInfos;
      const object = {
        apiVersion: apiVersionOf(resource),
        kind: resource.kind,
        metadata: { name: nodeName },
        ...(await info(signal)),
      };
      await client.apply(resource, object, { fieldManager: "antrea-agent", force: true, signal });
    } catch (error) {
      if (signal.aborted && isAbort(error)) return;
      log.warn("Could not publish AntreaAgentInfo, will retry", { err: error });
    }
  }

  return {
    changed: () => wake.resolve(),
    async run(signal) {
      while (!signal.aborted) {
        await publish(signal);
        wake = Promise.withResolvers();
        const timer = new AbortController();
        const either = AbortSignal.any([signal, timer.signal]);
        await Promise.race([
          wake.promise,
          clock.sleep(heartbeatMs, { signal: either }).catch(() => {}),
        ]);
        timer.abort();
        if (!signal.aborted) await clock.sleep(settleMs, { signal }).catch(() => {});
      }
    },
  };
}
