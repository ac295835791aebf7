import type { Clock } from "./clock.ts";
import type { KeyedChange } from "./diff.ts";
import { errorText } from "./errors.ts";

/** What becomes of a change: told to the world, and then confirmed by it or refused. */
export type ChangeOutcome = "sent" | "confirmed" | "refused";

/** Why something was changed: an owner wanted it otherwise, or the world was found otherwise than wanted. */
export type ChangeCause = "wanted" | "found";

/** One change of one kind of thing for one owner, as it was asked of the switch or the host. */
export interface ChangeRecord {
  /** Counts up from 1 since the program started. */
  readonly serial: number;
  /** "flow", "port", "route" … */
  readonly kind: string;
  /** Who wants it, as in "pod:shop/cart-0"; "" where nobody wants what was removed. */
  readonly owner: string;
  readonly cause: ChangeCause;
  readonly added: number;
  readonly modified: number;
  readonly removed: number;
  /** The things changed, each after "+", "~" or "-"; not all of them where they are many. */
  readonly details: readonly string[];
  readonly wantedAt: Date;
  readonly sentAt: Date;
  readonly outcome: ChangeOutcome;
  /** When it was confirmed or refused. */
  readonly settledAt?: Date;
  /** Why it was refused. */
  readonly reason?: string;
}

export interface ChangeIntent
  extends Pick<
    ChangeRecord,
    "kind" | "owner" | "cause" | "added" | "modified" | "removed" | "details"
  > {
  /** Now, where it is left out. */
  readonly wantedAt?: Date | undefined;
}

/** A change on its way. Only the first word on how it ended counts. */
export interface SentChange {
  confirmed(): void;
  refused(reason: unknown): void;
}

/**
 * The flight recorder: the last changes that a program asked of the world, whatever they were about.
 * Bounded: old records go, and long ones are shortened, so that it costs about a megabyte at most.
 */
export interface ChangeLog {
  now(): Date;
  /** Writes down that a change is sent now. */
  sending(intent: ChangeIntent): SentChange;
  /** What is remembered, oldest first. */
  records(): readonly ChangeRecord[];
}

export const changeLogCapacity = 1000;
const mostDetails = 8;
const longestDetail = 160;
const longestReason = 400;

export function changeLog(clock: Pick<Clock, "wallTime">, capacity = changeLogCapacity): ChangeLog {
  const ring: ChangeRecord[] = [];
  let serial = 0;
  const at = (one: number): number => (one - 1) % capacity;

  return {
    now: () => clock.wallTime(),
    sending({ details, wantedAt, ...intent }) {
      serial++;
      const mine = serial;
      const sentAt = clock.wallTime();
      ring[at(mine)] = {
        serial: mine,
        ...intent,
        details: details.slice(0, mostDetails).map((text) => shortened(text, longestDetail)),
        wantedAt: wantedAt ?? sentAt,
        sentAt,
        outcome: "sent",
      };
      const settle = (end: Pick<ChangeRecord, "outcome" | "reason">): void => {
        const record = ring[at(mine)];
        if (record?.serial !== mine || record.outcome !== "sent") return;
        ring[at(mine)] = { ...record, ...end, settledAt: clock.wallTime() };
      };
      return {
        confirmed: () => settle({ outcome: "confirmed" }),
        refused: (reason) =>
          settle({ outcome: "refused", reason: shortened(errorText(reason), longestReason) }),
      };
    },
    records: () => ring.toSorted((a, b) => a.serial - b.serial),
  };
}

/** Where no record is kept: tests, and programs that have no use for one. */
export const noChangeLog: ChangeLog = {
  now: () => new Date(0),
  sending: () => ({ confirmed() {}, refused() {} }),
  records: () => [],
};

/** What turns a keyed change into records. */
export interface ChangeWords<K, V> {
  readonly kind: string;
  readonly cause: ChangeCause;
  readonly ownerOf: (key: K, isRemoved: boolean) => string;
  /** The thing in one line; its key, if not given. */
  readonly describe?: ((key: K, value: V) => string) | undefined;
  readonly wantedAt?: ((owner: string) => Date | undefined) | undefined;
}

interface Part {
  added: number;
  modified: number;
  removed: number;
  /** Undefined where nobody will read of it. */
  details: (() => string)[] | undefined;
}

/**
 * Writes down all of a keyed change, one record for each owner that has part in it. Where these are more
 * than a log holds, the first are gone before anybody reads them, and nothing is put into words for them.
 */
export function sendingChange<K, V>(
  log: ChangeLog,
  change: KeyedChange<K, V>,
  { kind, cause, ownerOf, describe = (key) => String(key), wantedAt }: ChangeWords<K, V>,
): SentChange {
  const parts = new Map<string, Part>();
  const inOrder: Part[] = [];
  const partOf = (owner: string): Part => {
    const known = parts.get(owner);
    if (known) return known;
    const part: Part = { added: 0, modified: 0, removed: 0, details: [] };
    parts.set(owner, part);
    const unread = inOrder[inOrder.push(part) - 1 - changeLogCapacity];
    if (unread) unread.details = undefined;
    return part;
  };
  const note = (verb: "added" | "modified" | "removed", key: K, value: V): void => {
    const part = partOf(ownerOf(key, verb === "removed"));
    part[verb]++;
    if (part.details && part.details.length < mostDetails)
      part.details.push(() => `${signs[verb]} ${describe(key, value)}`);
  };
  for (const { key, value } of change.add) note("added", key, value);
  for (const { key, value } of change.modify) note("modified", key, value);
  for (const { key, before } of change.remove) note("removed", key, before);
  const readable: SentChange[] = [];
  for (const [owner, { details, ...counts }] of parts) {
    const words = details?.map((word) => word()) ?? [];
    const common = { kind, owner, cause, wantedAt: wantedAt?.(owner) };
    const sent = log.sending({ ...common, ...counts, details: words });
    if (details) readable.push(sent);
  }
  return together(readable);
}

/** Several changes that end together. */
export function together(all: readonly SentChange[]): SentChange {
  return {
    confirmed() {
      for (const one of all) one.confirmed();
    },
    refused(reason) {
      for (const one of all) one.refused(reason);
    },
  };
}

const signs = { added: "+", modified: "~", removed: "-" } as const;

function shortened(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
