import type { Store } from "@antrea/kube";
import type { ClusterUpdate } from "@antrea/policy";
import { nameOfKey, type PolicyInput } from "./source.ts";

type Told = (cluster: ClusterUpdate) => void;

/** What stores tell, handed on together: all that came in one turn is one event of the cluster. */
export interface Feed {
  /** Tells of what is in the store, and from then on of what changes there; gives how to end it. */
  follow(input: PolicyInput, store: Store<object>): () => void;
  /** Hands on what waits. */
  flush(): void;
  /** Hands on what comes until the signal aborts; what comes afterwards waits. */
  run(signal: AbortSignal): Promise<void>;
}

export function feed(tell: (update: Told) => void): Feed {
  let waiting: Told[] = [];
  let wake = Promise.withResolvers<void>();

  function flush(): void {
    if (waiting.length === 0) return;
    const all = waiting;
    waiting = [];
    tell((cluster) => {
      for (const one of all) one(cluster);
    });
  }

  return {
    follow: ({ set, remove }, store) =>
      store.onChange((key, _, after) => {
        waiting.push((cluster) => (after ? set(cluster, after) : remove(cluster, nameOfKey(key))));
        wake.resolve();
      }),
    flush,
    async run(signal) {
      signal.addEventListener("abort", () => wake.resolve(), { once: true });
      while (!signal.aborted) {
        await wake.promise;
        wake = Promise.withResolvers<void>();
        if (signal.aborted) return;
        flush();
      }
    },
  };
}
