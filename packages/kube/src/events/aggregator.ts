import type { Note } from "./note.ts";

/**
 * Keeps Events few: the same note again counts up, many notes that differ in their message only
 * become one, and an object that is talked about without end is rate-limited. Pure.
 */
export interface EventAggregator {
  /** What to send for `note`; undefined for nothing. */
  decide(note: Note, now: number): EventAction | undefined;
  /** The server no longer has the Event of this key: the next note makes a new one. */
  forget(key: string): void;
}

export type EventAction =
  | { readonly kind: "create"; readonly key: string; readonly note: Note; readonly serial: number }
  | {
      readonly kind: "count";
      readonly key: string;
      readonly note: Note;
      /** The serial of the Event to change. */
      readonly serial: number;
      readonly count: number;
    };

/** As client-go's programs, so that a cluster's Events look alike. */
const sameForMs = 10 * 60_000;
const variantsBeforeMerge = 10;
const burst = 25;
const refillMs = 300_000;
/** Objects and Events remembered at most; the oldest are forgotten. */
const capacity = 2048;

interface Seen {
  readonly serial: number;
  count: number;
  lastMs: number;
}
interface Variants {
  readonly messages: Set<string>;
  sinceMs: number;
}
interface Bucket {
  tokens: number;
  atMs: number;
}

export function eventAggregator(): EventAggregator {
  const seen = new Map<string, Seen>();
  const variants = new Map<string, Variants>();
  const buckets = new Map<string, Bucket>();
  let serial = 0;

  function mayTalkAbout(object: string, now: number): boolean {
    const bucket = buckets.get(object) ?? { tokens: burst, atMs: now };
    bucket.tokens = Math.min(burst, bucket.tokens + (now - bucket.atMs) / refillMs);
    bucket.atMs = now;
    remember(buckets, object, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }

  function merged(similar: string, note: Note, now: number): Note {
    const known = variants.get(similar);
    const fresh = known !== undefined && now - known.sinceMs < sameForMs;
    const group = fresh ? known : { messages: new Set<string>(), sinceMs: now };
    if (group.messages.size <= variantsBeforeMerge) group.messages.add(note.message);
    remember(variants, similar, group);
    return group.messages.size <= variantsBeforeMerge
      ? note
      : { ...note, message: `(combined from similar events): ${note.message}` };
  }

  return {
    decide(note, now) {
      const { kind, namespace, name, uid } = note.regarding;
      const object = JSON.stringify([kind, namespace, name, uid]);
      if (!mayTalkAbout(object, now)) return undefined;
      const similar = JSON.stringify([object, note.type, note.reason]);
      const told = merged(similar, note, now);
      const key = told === note ? JSON.stringify([similar, note.message]) : similar;
      const before = seen.get(key);
      if (before !== undefined && now - before.lastMs < sameForMs) {
        before.count++;
        before.lastMs = now;
        remember(seen, key, before);
        return { kind: "count", key, note: told, serial: before.serial, count: before.count };
      }
      serial++;
      remember(seen, key, { serial, count: 1, lastMs: now });
      return { kind: "create", key, note: told, serial };
    },
    forget: (key) => void seen.delete(key),
  };
}

/** Puts the entry at the young end, and drops the oldest beyond the capacity. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= capacity) return;
  const oldest = map.keys().next();
  if (!oldest.done) map.delete(oldest.value);
}
