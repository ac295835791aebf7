import type { IncomingMessage } from "node:http";
import type { Clock, Logger } from "@antrea/base";
import type { ClusterAccess } from "../access.ts";
import type { CallOptions, KubeClient, Page, RawRequest } from "../client.ts";
import { isKubeError, KubeError, statusError } from "../error.ts";
import { isRecord } from "../object.ts";
import {
  applyRequest,
  createRequest,
  deleteRequest,
  getRequest,
  listRequest,
  patchRequest,
  replaceRequest,
} from "../request.ts";
import { readText } from "./body.ts";
import { withDeadline } from "./deadline.ts";
import { askedText, type Transport, transport } from "./transport.ts";
import { openWatch } from "./watch.ts";

export interface KubeClientOptions {
  readonly log: Logger;
  readonly clock: Clock;
  /** `antrea-agent/1.2.3`: what the server's audit log shows. */
  readonly userAgent: string;
}

const defaultTimeoutMs = 30_000;
const maxRepeats = 5;

/** The client of one API server. */
export function kubeClient(access: ClusterAccess, options: KubeClientOptions): KubeClient {
  const { log, clock } = options;
  const wire = transport(access, options);

  /** Sends until it is answered, within the call's time. */
  function call(request: RawRequest, { timeoutMs, signal }: CallOptions = {}): Promise<unknown> {
    const ms = timeoutMs ?? defaultTimeoutMs;
    const asked = askedText(access, request);
    const expired = (): Error =>
      new KubeError({ code: "timeout", asked, answer: `no answer within ${ms} ms` });
    return withDeadline({ clock, ms, expired, signal }, async (signal) => {
      for (let repeats = 0; ; repeats++) {
        try {
          return await exchange(wire, access, request, signal);
        } catch (error) {
          signal.throwIfAborted();
          const delayMs = repeatDelayMs(error, repeats, wire);
          if (delayMs === undefined) throw error;
          log.debug("Repeating request", { asked, delayMs, err: error });
          await clock.sleep(delayMs, { signal });
        }
      }
    });
  }

  async function object<T>(request: RawRequest, options?: CallOptions): Promise<T> {
    const body = await call(request, options);
    if (isRecord(body)) return body as T;
    throw badResponse(access, request, "the answer is no JSON object");
  }

  async function page<T>(request: RawRequest, options?: CallOptions): Promise<Page<T>> {
    return parsePage<T>(access, request, await call(request, options));
  }

  return {
    server: access.server,
    namespace: access.namespace,
    ...readCalls({ object, page }),
    ...writeCalls({ object, call }),
    request: call,
    watch: (resource, query, { signal } = {}) =>
      openWatch({ access, wire, clock }, resource, query, signal),
    close: () => wire.close(),
  };
}

interface Calls {
  /** The body, whatever it is. */
  call(request: RawRequest, options?: CallOptions): Promise<unknown>;
  /** The body, which is one object. */
  object<T>(request: RawRequest, options?: CallOptions): Promise<T>;
  /** The body, which is a list. */
  page<T>(request: RawRequest, options?: CallOptions): Promise<Page<T>>;
}

type Reads = Pick<KubeClient, "get" | "find" | "list" | "items">;
type Writes = Pick<KubeClient, "create" | "replace" | "patch" | "apply" | "delete">;

function readCalls({ object, page }: Pick<Calls, "object" | "page">): Reads {
  const reads: Reads = {
    get: (resource, name, options) => object(getRequest(resource, name), options),
    async find(resource, name, options) {
      try {
        return await reads.get(resource, name, options);
      } catch (error) {
        if (isKubeError(error, "not-found")) return undefined;
        throw error;
      }
    },
    list: (resource, query = {}, options = {}) => page(listRequest(resource, query), options),
    async *items(resource, query = {}, options = {}) {
      let next: string | undefined;
      do {
        const rest = next === undefined ? {} : { continue: next };
        const part = await reads.list(resource, { limit: 500, ...query, ...rest }, options);
        yield* part.items;
        next = part.continue;
      } while (next !== undefined);
    },
  };
  return reads;
}

function writeCalls({ object, call }: Pick<Calls, "object" | "call">): Writes {
  return {
    create: (resource, one, options = {}) => object(createRequest(resource, one, options), options),
    replace: (resource, one, options = {}) =>
      object(replaceRequest(resource, one, options), options),
    patch: (resource, name, patch, options = {}) =>
      object(patchRequest(resource, name, patch, options), options),
    apply: (resource, one, options) => object(applyRequest(resource, one, options), options),
    async delete(resource, name, options = {}) {
      await call(deleteRequest(resource, name, options), options);
    },
  };
}

/** How long to wait before the same request again; undefined if that would not help. */
function repeatDelayMs(error: unknown, repeats: number, wire: Transport): number | undefined {
  if (!(error instanceof KubeError) || repeats >= maxRepeats) return undefined;
  if (error.code === "unauthorized") return repeats === 0 && wire.refresh() ? 0 : undefined;
  const asksUsToWait = error.status === 429 || error.status === 503;
  return asksUsToWait ? error.retryAfterMs : undefined;
}

/** One request and its whole answer, as parsed JSON or as text. */
async function exchange(
  wire: Transport,
  access: ClusterAccess,
  request: RawRequest,
  signal: AbortSignal,
): Promise<unknown> {
  const asked = askedText(access, request);
  const answer = await wire.send(request, { signal });
  const text = await readText(asked, answer);
  const body = parseBody(access, request, answer, text);
  const status = answer.statusCode ?? 0;
  if (status >= 200 && status < 300) return body;
  throw statusError(asked, status, body, answer.headers["retry-after"]);
}

function parseBody(
  access: ClusterAccess,
  request: RawRequest,
  answer: IncomingMessage,
  text: string,
): unknown {
  const type = answer.headers["content-type"] ?? "";
  if (!/\bjson\b/.test(type)) return text;
  try {
    return JSON.parse(text);
  } catch (cause) {
    if ((answer.statusCode ?? 0) >= 400) return text;
    throw badResponse(access, request, "the answer is not JSON, though it says so", cause);
  }
}

function parsePage<T>(access: ClusterAccess, request: RawRequest, body: unknown): Page<T> {
  const meta = isRecord(body) ? body["metadata"] : undefined;
  const items = isRecord(body) ? (body["items"] ?? []) : undefined;
  if (!isRecord(meta) || !Array.isArray(items))
    throw badResponse(access, request, "the answer is no list");
  const { resourceVersion, continue: next } = meta;
  return {
    items: items as T[],
    resourceVersion: typeof resourceVersion === "string" ? resourceVersion : "",
    continue: typeof next === "string" && next !== "" ? next : undefined,
  };
}

function badResponse(
  access: ClusterAccess,
  request: RawRequest,
  answer: string,
  cause?: unknown,
): KubeError {
  const failure = { code: "bad-response", asked: askedText(access, request), answer } as const;
  return new KubeError(failure, cause === undefined ? {} : { cause });
}
