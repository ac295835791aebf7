import { excerpt, type Json } from "../json.ts";
import { defaultFramingLimits, type FramingLimits, jsonFraming } from "./framing.ts";
import {
  encodeError,
  encodeNotification,
  encodeRequest,
  encodeResult,
  parseMessage,
  type RpcMessage,
  type RpcRequest,
} from "./message.ts";

/** What a peer's bytes mean to the owner of the session. */
export type RpcEvent =
  | {
      readonly kind: "result";
      readonly id: number;
      readonly method: string;
      readonly result: unknown;
    }
  | { readonly kind: "error"; readonly id: number; readonly method: string; readonly error: string }
  | { readonly kind: "notification"; readonly method: string; readonly params: readonly unknown[] }
  /** Something that could not be understood; it was skipped, and the session goes on. */
  | { readonly kind: "malformed"; readonly reason: string };

/** What to do after a step: bytes to send in order, and events to handle. */
export interface RpcStep {
  readonly send: readonly Uint8Array[];
  readonly events: readonly RpcEvent[];
}

/**
 * One JSON-RPC connection without its socket: matches replies to requests, answers the peer's echoes
 * (RFC 7047 section 4.1.11), and finds out by echoes of its own that a silent peer is gone.
 */
export interface RpcSession {
  request(method: string, params: Json): { readonly id: number; readonly bytes: Uint8Array };
  notification(method: string, params: Json): Uint8Array;
  /** Throws `FramingError` when the stream is lost. */
  receive(bytes: Uint8Array, now: number): RpcStep;
  /** To be called at `nextWakeMs`: probes a silent peer; "dead" when it did not answer the last probe. */
  wake(now: number): Uint8Array | "dead" | undefined;
  nextWakeMs(): number;
}

export interface RpcSessionOptions {
  readonly now: number;
  /** How long a peer may be silent before it is probed, and then again before it is given up. */
  readonly probeMs: number;
  readonly limits?: FramingLimits;
}

export function rpcSession({
  now,
  probeMs,
  limits = defaultFramingLimits,
}: RpcSessionOptions): RpcSession {
  const framing = jsonFraming(limits);
  const pending = new Map<number, string>();
  let lastId = 0;
  let lastHeard = now;
  let probeSentAt: number | undefined;

  const request: RpcSession["request"] = (method, params) => {
    const id = ++lastId;
    pending.set(id, method);
    return { id, bytes: encodeRequest(id, method, params) };
  };

  const finished = (message: RpcMessage & { kind: "result" | "error" }): RpcEvent | undefined => {
    const id = message.id as number;
    const method = pending.get(id);
    if (method === undefined)
      return { kind: "malformed", reason: `a reply to no request: id ${excerpt(message.id)}` };
    pending.delete(id);
    if (method === probe) return undefined;
    return message.kind === "result"
      ? { kind: "result", id, method, result: message.result }
      : { kind: "error", id, method, error: errorString(message.error) };
  };

  return {
    request,
    notification: encodeNotification,
    receive(bytes, at) {
      lastHeard = at;
      probeSentAt = undefined;
      const send: Uint8Array[] = [];
      const events: RpcEvent[] = [];
      for (const frame of framing.push(bytes)) {
        const message = frame.kind === "json" ? parseMessage(frame.value) : frame.reason;
        if (typeof message === "string") events.push({ kind: "malformed", reason: message });
        else if (message.kind === "request") send.push(answer(message));
        else if (message.kind === "notification") events.push(message);
        else {
          const event = finished(message);
          if (event) events.push(event);
        }
      }
      return { send, events };
    },
    wake(at) {
      if (probeSentAt !== undefined) return at - probeSentAt >= probeMs ? "dead" : undefined;
      if (at - lastHeard < probeMs) return undefined;
      probeSentAt = at;
      const { id, bytes } = request("echo", []);
      pending.set(id, probe);
      return bytes;
    },
    nextWakeMs: () => (probeSentAt ?? lastHeard) + probeMs,
  };
}

/** Marks our own echoes among the pending requests; no method has this name. */
const probe = "(probe)";

function answer(request: RpcRequest): Uint8Array {
  return request.method === "echo"
    ? encodeResult(request.id, request.params as readonly Json[])
    : encodeError(request.id, "unknown method");
}

function errorString(error: unknown): string {
  return typeof error === "string" ? error.trimEnd() : JSON.stringify(error);
}
