import { OvsdbError } from "../errors.ts";
import type { RpcEvent } from "../rpc/session.ts";

type Reply = RpcEvent & { readonly kind: "result" | "error" };

/** Requests that were sent and have no answer yet. */
export interface PendingRequests {
  /** Resolves with what `read` makes of the result, or rejects as soon as the signal aborts. */
  add<T>(id: number, request: PendingRequest<T>): Promise<T>;
  /** Hands a reply to who waits for it; to nobody, if that wait was aborted. */
  settle(reply: Reply): void;
  /** The connection has ended: nothing more will come. */
  loseAll(): void;
}

export interface PendingRequest<T> {
  readonly method: string;
  readonly read: (result: unknown) => T;
  readonly signal: AbortSignal;
  /** Called when the signal ends the wait. */
  readonly onAbort: () => void;
}

interface Entry {
  settle(reply: Reply): void;
  lose(): void;
}

export function pendingRequests(): PendingRequests {
  const entries = new Map<number, Entry>();
  return {
    add: (id, { method, read, signal, onAbort }) =>
      new Promise((resolve, reject) => {
        const take = (): void => {
          entries.delete(id);
          signal.removeEventListener("abort", abort);
        };
        const abort = (): void => {
          take();
          onAbort();
          reject(signal.reason as Error);
        };
        signal.addEventListener("abort", abort, { once: true });
        entries.set(id, {
          settle(reply) {
            take();
            if (reply.kind === "error")
              return reject(new OvsdbError({ code: "rpc-error", method, error: reply.error }));
            try {
              resolve(read(reply.result));
            } catch (error) {
              reject(error);
            }
          },
          lose() {
            take();
            reject(new OvsdbError({ code: "disconnected", method, isSent: true }));
          },
        });
      }),
    settle: (reply) => entries.get(reply.id)?.settle(reply),
    loseAll() {
      for (const entry of Array.from(entries.values())) entry.lose();
    },
  };
}
