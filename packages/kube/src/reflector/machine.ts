import type { BackOff } from "@antrea/base";
import type { ListQuery, Page, WatchEvent } from "../client.ts";
import type { KubeError } from "../error.ts";
import { resourceVersionOf } from "../object.ts";
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

/** A watch that lived this long was a good one: failures are counted anew after it. */
const goodWatchMs = 30_000;
/** A server that ends a watch sooner than this, and says nothing, is in trouble. */
const shortWatchMs = 1_000;
/** The server ends a watch after 5 to 10 minutes, so that connections spread over its replicas. */
const watchSeconds = { least: 300, spread: 300 };
/** A streaming list that is silent this long comes from a server that does not know it. */
const streamPatienceMs = 20_000;
/** So many refused watches in a row, and the version we hold is suspected. */
const suspiciousFailures = 5;

interface Building<R> {
  readonly entries: Map<string, R>;
  readonly keep: Set<string>;
}

export function reflectorMachine<R>(policy: ReflectorPolicy<R>): ReflectorMachine<R> {
  let resourceVersion: string | undefined; // undefined: the store must be filled anew
  let building: Building<R> | undefined; // the store to come, while a list or stream fills it
  let continueToken: string | undefined;
  let pageSize = policy.pageSize;
  let streaming = policy.streaming;
  let isStream = false; // the request under way is a streaming list, not yet complete
  let failures = 0;
  let notBefore = 0;
  let watchSince = 0;
  let heard = 0;
  let lastHeard = 0;

  function abandonList(): void {
    resourceVersion = undefined;
    continueToken = undefined;
    building = undefined;
    isStream = false;
  }

  function complete(version: string): StoreChange<R> {
    const { entries, keep } = building ?? { entries: new Map<string, R>(), keep: new Set() };
    abandonList();
    resourceVersion = version;
    pageSize = policy.pageSize;
    return { kind: "replace", entries, keep };
  }

  function delay(now: number, ms: number): void {
    notBefore = now + ms;
  }

  function collect(object: unknown, into: Building<R>): StoreChange<R> | undefined {
    const parsed = parseRecord(policy.project, object);
    if (parsed.kind === "record") into.entries.set(parsed.key, parsed.record);
    else if (parsed.kind === "bad") {
      if (parsed.key !== undefined && !into.entries.has(parsed.key)) into.keep.add(parsed.key);
      return parsed;
    } else into.entries.delete(parsed.key);
    return undefined;
  }

  return {
    get patienceMs() {
      return isStream ? lastHeard + streamPatienceMs : undefined;
    },

    next(now) {
      if (now < notBefore) return { kind: "wait", ms: notBefore - now };
      if (resourceVersion === undefined && !streaming) {
        building ??= { entries: new Map(), keep: new Set() };
        const limit = pageSize > 0 ? { limit: pageSize } : {};
        const rest = continueToken === undefined ? {} : { continue: continueToken };
        return { kind: "list", query: { ...limit, ...rest } };
      }
      watchSince = now;
      lastHeard = now;
      heard = 0;
      const timeoutSeconds = watchSeconds.least + Math.floor(watchSeconds.spread * policy.random());
      if (resourceVersion !== undefined) {
        const query = { resourceVersion, sendInitialEvents: false, timeoutSeconds };
        return { kind: "watch", query };
      }
      building = { entries: new Map(), keep: new Set() };
      isStream = true;
      return { kind: "watch", query: { sendInitialEvents: true, timeoutSeconds } };
    },

    page(page) {
      const into = (building ??= { entries: new Map(), keep: new Set() });
      const changes: StoreChange<R>[] = [];
      for (const item of page.items) {
        const bad = collect(item, into);
        if (bad) changes.push(bad);
      }
      continueToken = page.continue;
      if (continueToken === undefined) changes.push(complete(page.resourceVersion));
      return changes;
    },

    event({ type, object }, now) {
      heard++;
      lastHeard = now;
      const version = resourceVersionOf(object);
      if (isStream && building) {
        if (type === "BOOKMARK") {
          return endsInitialEvents(object) && version !== undefined ? complete(version) : undefined;
        }
        if (type !== "DELETED") return collect(object, building);
        const gone = parseRecord(policy.project, object);
        if (gone.key !== undefined) {
          building.entries.delete(gone.key);
          building.keep.delete(gone.key);
        }
        return undefined;
      }
      if (version !== undefined) resourceVersion = version;
      return type === "BOOKMARK" ? undefined : changeOf(policy.project, type, object);
    },

    closed(now) {
      if (isStream) {
        // It ended before the list was complete; what it sent is not enough to trust.
        abandonList();
        failures++;
        if (failures > 1) streaming = false;
        return delay(now, policy.backOff.delayMs(failures));
      }
      const isShort = heard === 0 && now - watchSince < shortWatchMs;
      failures = isShort ? failures + 1 : 0;
      delay(now, isShort ? policy.backOff.delayMs(failures) : 0);
    },

    failed(error, now) {
      const wasStream = isStream;
      const wasPage = continueToken !== undefined;
      if (watchSince !== 0 && now - watchSince >= goodWatchMs && heard > 0) failures = 0;
      failures++;
      if (wasStream || tellsToRelist(error)) abandonList();
      if (wasStream && tellsToPage(error)) {
        streaming = false;
        delay(now, 0);
        return true;
      }
      if (error.code === "expired") {
        if (wasPage) pageSize = 0; // paging is too slow for this server: ask for all at once
        delay(now, failures === 1 ? 0 : policy.backOff.delayMs(failures));
        return true;
      }
      if (failures >= suspiciousFailures && error.code === "server-error") abandonList();
      delay(now, Math.max(policy.backOff.delayMs(failures), error.retryAfterMs ?? 0));
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
