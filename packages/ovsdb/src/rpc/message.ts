import type { Json } from "../json.ts";
import { excerpt, isObject } from "../json.ts";

/** JSON-RPC 1.0 as RFC 7047 section 4 uses it. */
export type RpcMessage =
  | RpcRequest
  | { readonly kind: "notification"; readonly method: string; readonly params: readonly unknown[] }
  | { readonly kind: "result"; readonly id: unknown; readonly result: unknown }
  | { readonly kind: "error"; readonly id: unknown; readonly error: unknown };

export interface RpcRequest {
  readonly kind: "request";
  readonly id: Json;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** Sorts a peer's JSON; a string says what is wrong with it. */
export function parseMessage(value: unknown): RpcMessage | string {
  if (!isObject(value)) return `not an object: ${excerpt(value)}`;
  if (value["method"] !== undefined) return parseCall(value);
  if (value["id"] === undefined || value["id"] === null)
    return `a reply without an id: ${excerpt(value)}`;
  if (value["error"] !== undefined && value["error"] !== null)
    return { kind: "error", id: value["id"], error: value["error"] };
  if (value["result"] === undefined) return `neither method, result nor error: ${excerpt(value)}`;
  return { kind: "result", id: value["id"], result: value["result"] };
}

function parseCall(value: Readonly<Record<string, unknown>>): RpcMessage | string {
  const { method, params, id } = value;
  if (typeof method !== "string") return `method is no string: ${excerpt(method)}`;
  if (!Array.isArray(params)) return `params of ${method} are no array: ${excerpt(params)}`;
  if (id === undefined || id === null) return { kind: "notification", method, params };
  return { kind: "request", id: id as Json, method, params };
}

const utf8 = new TextEncoder();

export function encodeRequest(id: number, method: string, params: Json): Uint8Array {
  return utf8.encode(JSON.stringify({ id, method, params }));
}

export function encodeNotification(method: string, params: Json): Uint8Array {
  return utf8.encode(JSON.stringify({ id: null, method, params }));
}

export function encodeResult(id: Json, result: Json): Uint8Array {
  return utf8.encode(JSON.stringify({ id, result, error: null }));
}

export function encodeError(id: Json, error: string): Uint8Array {
  return utf8.encode(JSON.stringify({ id, result: null, error }));
}
