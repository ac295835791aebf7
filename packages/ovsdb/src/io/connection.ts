import { connect, type Socket } from "node:net";
import { type Clock, errorText, type Logger } from "@antrea/base";
import { OvsdbError } from "../errors.ts";
import type { Json } from "../json.ts";
import { FramingError } from "../rpc/framing.ts";
import { type RpcEvent, rpcSession } from "../rpc/session.ts";
import { pendingRequests } from "./pending-requests.ts";

/** One live JSON-RPC connection. It never comes back once closed; the client opens another. */
export interface Connection {
  /**
   * Sends a request. `read` turns its result into a value at the moment when it arrives, before anything
   * that the peer sent after it is handled; what `read` throws is what the call throws.
   */
  request<T>(
    method: string,
    params: Json,
    read: (result: unknown) => T,
    options: RequestOptions,
  ): Promise<T>;
  /** Resolves when the connection has ended, with the reason. */
  readonly closed: Promise<string>;
  close(reason: string): void;
}

type Notify = (method: string, params: Json) => void;

export interface RequestOptions {
  readonly signal: AbortSignal;
  /** Called when the signal ends the wait, with the id that the peer knows the request by. */
  readonly onAbandon?: (id: number, notify: Notify) => void;
}

export interface ConnectionOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly probeMs: number;
  readonly onNotification: (method: string, params: readonly unknown[]) => void;
  /** Bounds the connecting only. */
  readonly signal: AbortSignal;
}

export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  const { path, clock, log, probeMs, onNotification } = options;
  const socket = await connectTo(path, options.signal);
  const session = rpcSession({ now: clock.now(), probeMs });
  const pending = pendingRequests();
  const ended = new AbortController();
  const { promise: closed, resolve: resolveClosed } = Promise.withResolvers<string>();

  const close = (reason: string): void => {
    if (ended.signal.aborted) return;
    ended.abort();
    socket.destroy();
    pending.loseAll();
    resolveClosed(reason);
  };
  const handle = (event: RpcEvent): void => {
    if (event.kind === "malformed") log.warn("Skipped a malformed message", { err: event.reason });
    else if (event.kind === "notification") onNotification(event.method, event.params);
    else pending.settle(event);
  };
  const receive = (bytes: Uint8Array): void => {
    try {
      const step = session.receive(bytes, clock.now());
      for (const answer of step.send) socket.write(answer);
      for (const event of step.events) if (!ended.signal.aborted) handle(event);
    } catch (error) {
      if (!(error instanceof FramingError)) throw error;
      close(errorText(error));
    }
  };
  /** Requests of one turn leave in one write, so that the peer finds them all at once. */
  function sendTogether(bytes: Uint8Array): void {
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    socket.write(bytes);
  }
  async function probe(): Promise<void> {
    while (!ended.signal.aborted) {
      const delayMs = Math.max(1, session.nextWakeMs() - clock.now());
      await clock.sleep(delayMs, { signal: ended.signal });
      const action = session.wake(clock.now());
      if (action === "dead") close(`The peer did not answer a probe for ${probeMs} ms`);
      else if (action) socket.write(action);
    }
  }

  socket.on("data", receive);
  socket.on("error", (error) => close(errorText(error)));
  socket.on("close", () => close("The peer closed the connection"));
  probe().catch(() => {}); // ends with the connection, by its signal

  return {
    closed,
    close,
    request(method, params, read, { signal, onAbandon }) {
      if (signal.aborted) return Promise.reject(signal.reason as Error);
      if (ended.signal.aborted)
        return Promise.reject(new OvsdbError({ code: "disconnected", method, isSent: false }));
      const { id, bytes } = session.request(method, params);
      const onAbort = (): void =>
        onAbandon?.(id, (m, p) => void socket.write(session.notification(m, p)));
      const result = pending.add(id, { method, read, signal, onAbort });
      sendTogether(bytes);
      return result;
    },
  };
}

function connectTo(path: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = connect({ path });
    const abort = (): void => {
      socket.destroy();
      reject(signal.reason as Error);
    };
    const fail = (error: Error): void => {
      signal.removeEventListener("abort", abort);
      reject(new Error(`Could not connect to ${path}`, { cause: error }));
    };
    signal.addEventListener("abort", abort, { once: true });
    socket.once("error", fail);
    socket.once("connect", () => {
      signal.removeEventListener("abort", abort);
      socket.off("error", fail);
      resolve(socket);
    });
  });
}
