import type { BackOff } from "@antrea/base";
import type { ListQuery, Page, WatchEvent } from "../client.ts";
import type { KubeError } from "../error.ts";
import { resourceVersionOf } from "../object.ts";
import { type Filling, filling } from "./filling.ts";
import { pace } from "./pace.ts";
import { endsInitialEvents, parseRecord, type Project } from "./record.ts";

/**
 * What a reflector does next, and what that means for its store. Pure: objects, errors and `now` in,
 * requests and store changes out. `io/reflector.ts` sends the requests, one at a time.
 *
 * The rule above all: only the server's word removes a record. A failure of any kind changes what is
 * asked next, never what is stored.
 */
export interface ReflectorMachine<R> {
  /** What to do at `now`. */
  next(now: number): ReflectorStep;
  /** A page of the list asked for. */
  page(page: Page<unknown>, now: number): readonly StoreChange<R>[];
  /** An event of the watch asked for. */
  event(event: WatchEvent, now: number): StoreChange<R> | undefined;
  /** The server ended the watch in order. */
  closed(now: number): void;
  /** The request failed, or the watch broke. True where that is daily bread, not worth a warning. */
  failed(error: KubeError, now: number): boolean;
  /** When the current watch must have said something more, or be given up as failed. */
  readonly patienceMs: number | undefined;
}

export type ReflectorStep =
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "list"; readonly query: ListQuery }
  | { readonly kind: "watch"; readonly query: WatchStep };

export interface WatchStep {
  readonly resourceVersion?: string;
  readonly sendInitialEvents: boolean;
  readonly timeoutSeconds: number;
}

export type StoreChange<R> =
  | { readonly kind: "put"; readonly key: string; readonly record: R }
  | { readonly kind: "remove"; readonly key: string }
  | {
      readonly kind: "replace";
      readonly entries: ReadonlyMap<string, R>;
      readonly keep: ReadonlySet<string>;
    }
  /** An object of the server's that is no use: its old record stays. */
  | { readonly kind: "bad"; readonly key: string | undefined; readonly sentence: string };

export interface ReflectorPolicy<R> {
  readonly project: Project<R>;
  readonly backOff: BackOff;
  /** In [0, 1): spreads the ends of watches. */
  readonly random: () => number;
  /** Objects a page; 0 asks for all at once. */
  readonly pageSize: number;
  /** Ask for streaming lists until the server shows that it has none. */
  readonly streaming: boolean;
}

/** The server ends a watch after 5 to 10 minutes, so that connections spread over its replicas. */
const watchSeconds = { least: 300, spread: 300 };
/** A streaming list that is silent this long comes from a server that does not know it. */
const streamPatienceMs = 20_000;
/** So many refused watches in a row, and the version we hold is suspected. */
const suspiciousFailures = 5;

export function reflectorMachine<R>(policy: ReflectorPolicy<R>): ReflectorMachine<R> {
  const { project } = policy;
  const when = pace(policy.backOff);
  let resourceVersion: string | undefined; // undefined: the store must be filled anew
  let building: Filling<R> | undefined;
  let continueToken: string | undefined;
  let pageSize = policy.pageSize;
  let streaming = policy.streaming;
  let isStream = false; // the request under way is a streaming list, not yet complete

  function startOver(): void {
    resourceVersion = undefined;
    continueToken = undefined;
    building = undefined;
    isStream = false;
  }

  function complete(filled: Filling<R>, version: string): StoreChange<R> {
    startOver();
    resourceVersion = version;
    pageSize = policy.pageSize;
    return filled.complete();
  }

  function watchStep(now: number): ReflectorStep {
    when.begin(now);
    const timeoutSeconds = watchSeconds.least + Math.floor(watchSeconds.spread * policy.random());
    if (resourceVersion !== undefined) {
      const query = { resourceVersion, sendInitialEvents: false, timeoutSeconds };
      return { kind: "watch", query };
    }
    building = filling(project);
    isStream = true;
    return { kind: "watch", query: { sendInitialEvents: true, timeoutSeconds } };
  }

  function streamEvent({ type, object }: WatchEvent, into: Filling<R>): StoreChange<R> | undefined {
    if (type === "DELETED") into.remove(object);
    else if (type !== "BOOKMARK") return into.add(object);
    else if (endsInitialEvents(object)) return complete(into, resourceVersionOf(object) ?? "");
    return undefined;
  }

  return {
    get patienceMs() {
      return isStream ? when.lastHeardMs + streamPatienceMs : undefined;
    },

    next(now) {
      const ms = when.waitMs(now);
      if (ms > 0) return { kind: "wait", ms };
      if (resourceVersion !== undefined || streaming) return watchStep(now);
      when.begin(now);
      const limit = pageSize > 0 ? { limit: pageSize } : {};
      const rest = continueToken === undefined ? {} : { continue: continueToken };
      return { kind: "list", query: { ...limit, ...rest } };
    },

    page(page) {
      building ??= filling(project);
      const changes: StoreChange<R>[] = [];
      for (const item of page.items) {
        const bad = building.add(item);
        if (bad) changes.push(bad);
      }
      continueToken = page.continue;
      if (continueToken === undefined) changes.push(complete(building, page.resourceVersion));
      return changes;
    },

    event(event, now) {
      when.heard(now);
      if (isStream && building) return streamEvent(event, building);
      resourceVersion = resourceVersionOf(event.object) ?? resourceVersion;
      return event.type === "BOOKMARK" ? undefined : changeOf(project, event.type, event.object);
    },

    closed(now) {
      if (!isStream) return when.ended(now);
      startOver(); // it ended before the list was complete: what it sent is not enough to trust
      if (when.fail(now) > 1) streaming = false;
      when.backOff(now);
    },

    failed(error, now) {
      const wasStream = isStream;
      const wasPage = continueToken !== undefined;
      const failures = when.fail(now);
      const isSuspicious = failures >= suspiciousFailures && error.code === "server-error";
      if (wasStream || isSuspicious || tellsToRelist(error)) startOver();
      if (wasStream && tellsToPage(error)) {
        streaming = false;
        when.hurry(now);
        return true;
      }
      if (error.code === "expired") {
        if (wasPage) pageSize = 0; // paging is too slow for this server: ask for all at once
        if (failures === 1) when.hurry(now);
        else when.backOff(now);
        return true;
      }
      when.backOff(now, error.retryAfterMs);
      return failures === 1 && (error.code === "cut" || error.code === "timeout");
    },
  };
}

/**
 * Whether a streaming list failed in a way that a plain list may not. Servers without it answer 400
 * or 422, ignore the wish and fall silent, or, with an etcd before 3.4.25, answer 500.
 */
function tellsToPage({ code, status }: KubeError): boolean {
  return code === "invalid" || code === "timeout" || status === 500;
}

/** Whether the version we hold is of no more use to this server. */
function tellsToRelist(error: KubeError): boolean {
  return (
    error.code === "expired" ||
    error.code === "bad-response" ||
    error.causes.includes("ResourceVersionTooLarge")
  );
}

function changeOf<R>(
  project: Project<R>,
  type: "ADDED" | "MODIFIED" | "DELETED",
  object: unknown,
): StoreChange<R> | undefined {
  const parsed = parseRecord(project, object);
  if (type === "DELETED" && parsed.key !== undefined) return { kind: "remove", key: parsed.key };
  switch (parsed.kind) {
    case "record":
      return { kind: "put", key: parsed.key, record: parsed.record };
    case "unwanted":
      return { kind: "remove", key: parsed.key };
    case "bad":
      return parsed;
  }
}
