import type { Clock, Logger, Service } from "@antrea/base";
import type { KubeClient } from "../client.ts";
import { isKubeError } from "../error.ts";
import { type EventAction, eventAggregator } from "../events/aggregator.ts";
import type { Note } from "../events/note.ts";
import {
  countPatch,
  type EventSource,
  eventName,
  eventNamespace,
  eventObject,
} from "../events/object.ts";
import { events } from "../resources.ts";

/** Tells users about objects, in passing: it never fails, never waits, and may drop. */
export interface EventRecorder extends Service {
  record(note: Note): void;
}

export interface EventRecorderOptions {
  readonly client: KubeClient;
  readonly source: EventSource;
  readonly log: Logger;
  readonly clock: Clock;
}

const longestQueue = 256;
const sendTimeoutMs = 10_000;
const flushMs = 2_000;

export function eventRecorder({ client, source, log, clock }: EventRecorderOptions): EventRecorder {
  const aggregator = eventAggregator();
  const startMs = clock.wallTime().getTime();
  const queue: Note[] = [];
  const stopped = new AbortController();
  let sending: Promise<void> | undefined;

  async function send(action: EventAction): Promise<void> {
    const { key, note, serial } = action;
    const name = eventName(note, startMs, serial);
    const options = { timeoutMs: sendTimeoutMs, signal: stopped.signal };
    const at = clock.wallTime();
    if (action.kind === "create") {
      await client.create(events, eventObject(note, name, source, at), options);
      return;
    }
    const target = { namespace: eventNamespace(note), name };
    const body = countPatch(note, action.count, at);
    try {
      await client.patch(events, target, { kind: "merge", body }, options);
    } catch (error) {
      if (!isKubeError(error, "not-found")) throw error;
      aggregator.forget(key); // the server keeps Events for an hour only
      const again = aggregator.decide(note, clock.now());
      if (again?.kind === "create") await send(again);
    }
  }

  async function drain(): Promise<void> {
    for (let note = queue.shift(); note; note = queue.shift()) {
      const action = aggregator.decide(note, clock.now());
      if (action === undefined) continue;
      try {
        await send(action);
      } catch (error) {
        if (action.kind === "create") aggregator.forget(action.key);
        if (!stopped.signal.aborted)
          log.debug("Could not record an Event", { reason: note.reason, err: error });
      }
    }
    sending = undefined;
  }

  return {
    name: "event recorder",
    record(note) {
      if (stopped.signal.aborted) return;
      if (queue.length >= longestQueue) queue.shift();
      queue.push(note);
      sending ??= drain();
    },
    start: () => Promise.resolve(),
    async stop() {
      const end = new AbortController();
      const late = clock.sleep(flushMs, { signal: end.signal }).catch(() => {});
      await Promise.race([sending, late]);
      end.abort();
      queue.length = 0;
      stopped.abort();
      await sending;
    },
  };
}
