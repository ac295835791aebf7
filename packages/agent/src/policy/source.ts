import { type BackOff, type Clock, errorText, type Logger } from "@antrea/base";
import { type KubeClient, KubeError, resource } from "@antrea/kube";
import {
  apiVersion,
  type StreamName,
  type StreamObject,
  streams,
} from "@antrea/policy/controlplane";
import { type StreamSink, streamReader } from "./stream-reader.ts";

export interface PolicySourceDeps {
  readonly client: Pick<KubeClient, "watch">;
  readonly nodeName: string;
  readonly sinks: { readonly [K in StreamName]: StreamSink<StreamObject[K]> };
  /** The cluster turned out to have no such API. */
  readonly onAbsent: () => void;
  readonly backOff: BackOff;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What the controller tells this Node of policies. */
export interface PolicySource {
  /** Whether each stream is open and has told all that there is. */
  readonly isConnected: boolean;
  /** The cluster has no such API: there are no policies to be told of. A controller that is away is another thing. */
  readonly isAbsent: boolean;
  run(signal: AbortSignal): Promise<void>;
}

/** A watch is begun anew after so long; who serves it may be another one by then. */
const watchSeconds = 600;

/** Follows the streams, each by itself. A lost stream deletes nothing: what it told stays until it tells anew. */
export function policySource(deps: PolicySourceDeps): PolicySource {
  const { client, nodeName, sinks, backOff, clock, log } = deps;
  const whole = new Set<StreamName>();
  let isAbsent = false;

  async function watchOnce<K extends StreamName>(name: K, signal: AbortSignal): Promise<void> {
    const reader = streamReader(name, sinks[name] as StreamSink<StreamObject[K]>);
    const events = client.watch(
      resource(apiVersion, streams[name].kind, name, "cluster"),
      {
        fieldSelector: `nodeName=${nodeName}`,
        sendInitialEvents: true,
        timeoutSeconds: watchSeconds,
      },
      { signal },
    );
    for await (const batch of events) {
      isAbsent = false;
      reader.read(batch);
      if (!reader.isWhole || whole.has(name)) continue;
      whole.add(name);
      log.debug("Follows the controller's policies", { stream: name });
    }
  }

  async function follow(name: StreamName, signal: AbortSignal): Promise<void> {
    let attempt = 0;
    while (!signal.aborted) {
      try {
        await watchOnce(name, signal);
      } catch (error) {
        if (signal.aborted) return;
        const wasAbsent = isAbsent;
        isAbsent = error instanceof KubeError && error.code === "not-found";
        if (isAbsent && !wasAbsent) deps.onAbsent();
        if (whole.has(name) || attempt === 0)
          log.warn("Lost the controller's policies, will retry", {
            stream: name,
            err: errorText(error),
          });
      }
      attempt = whole.delete(name) ? 1 : attempt + 1;
      await clock.sleep(backOff.delayMs(attempt), { signal }).catch(() => {});
    }
  }

  return {
    get isConnected() {
      return whole.size === Object.keys(streams).length;
    },
    get isAbsent() {
      return isAbsent;
    },
    async run(signal) {
      await Promise.all((Object.keys(streams) as StreamName[]).map((name) => follow(name, signal)));
    },
  };
}
