import { isObject } from "../json.ts";
import type { Connection } from "./connection.ts";

/** A database lock: at most one client of the server holds it. Losing the connection loses it. */
export interface Lock {
  readonly name: string;
  readonly isHeld: boolean;
  /** Calls back with each change of `isHeld`; returns how to stop that. */
  onChange(listener: (isHeld: boolean) => void): () => void;
  /** Gives it up, also while still waiting for it. */
  release(): void;
}

/** All locks of a client, asked for again on each connection. */
export interface LockTable {
  add(name: string, connection: Connection | undefined): Lock;
  attach(connection: Connection): void;
  detach(): void;
  handle(method: string, params: readonly unknown[]): void;
}

interface Entry {
  isHeld: boolean;
  readonly listeners: Set<(isHeld: boolean) => void>;
}

export function lockTable(): LockTable {
  const entries = new Map<string, Entry>();
  let current: Connection | undefined;
  const always = new AbortController().signal; // requests end with their connection

  const setHeld = (name: string, isHeld: boolean): void => {
    const entry = entries.get(name);
    if (!entry || entry.isHeld === isHeld) return;
    entry.isHeld = isHeld;
    for (const listener of Array.from(entry.listeners)) listener(isHeld);
  };
  const ask = (name: string, connection: Connection): void => {
    const read = (result: unknown): void =>
      setHeld(name, isObject(result) && result["locked"] === true);
    connection.request("lock", [name], read, { signal: always }).catch(() => {}); // asked again when reconnected
  };

  return {
    add(name, connection) {
      const entry: Entry = entries.get(name) ?? { isHeld: false, listeners: new Set() };
      if (!entries.has(name)) {
        entries.set(name, entry);
        if (connection) ask(name, connection);
      }
      return {
        name,
        get isHeld() {
          return entry.isHeld;
        },
        onChange(listener) {
          entry.listeners.add(listener);
          return () => void entry.listeners.delete(listener);
        },
        release() {
          if (entries.get(name) !== entry) return;
          setHeld(name, false);
          entries.delete(name);
          current?.request("unlock", [name], () => {}, { signal: always }).catch(() => {});
        },
      };
    },
    attach(connection) {
      current = connection;
      for (const name of entries.keys()) ask(name, connection);
    },
    detach() {
      current = undefined;
      for (const name of entries.keys()) setHeld(name, false);
    },
    handle(method, [name]) {
      if (typeof name === "string") setHeld(name, method === "locked");
    },
  };
}
