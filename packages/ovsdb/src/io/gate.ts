import { abortable } from "@antrea/base";
import type { Connection } from "./connection.ts";

/** Where those wait who need a connection, while there is none. */
export interface Gate {
  readonly isOpen: boolean;
  readonly connection: Connection | undefined;
  open(connection: Connection): void;
  shut(): void;
  /** The connection, as soon as there is one. */
  pass(signal: AbortSignal): Promise<Connection>;
  onChange(listener: (isOpen: boolean) => void): () => void;
}

export function gate(): Gate {
  const listeners = new Set<(isOpen: boolean) => void>();
  let current: Connection | undefined;
  let opening = Promise.withResolvers<Connection>();

  const tell = (): void => {
    for (const listener of Array.from(listeners)) listener(current !== undefined);
  };

  return {
    get isOpen() {
      return current !== undefined;
    },
    get connection() {
      return current;
    },
    open(connection) {
      current = connection;
      opening.resolve(connection);
      tell();
    },
    shut() {
      if (!current) return;
      current = undefined;
      opening = Promise.withResolvers();
      tell();
    },
    pass: (signal) => (current ? Promise.resolve(current) : abortable(opening.promise, signal)),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
