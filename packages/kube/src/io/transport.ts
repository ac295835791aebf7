import type { Agent as HttpAgent, IncomingMessage } from "node:http";
import type { Agent as HttpsAgent } from "node:https";
import type { Clock } from "@antrea/base";
import { http, https } from "@antrea/base/io/http";
import type { ClusterAccess } from "../access.ts";
import type { RawRequest } from "../client.ts";
import { connectionError } from "../error.ts";
import { queryText } from "../request.ts";
import { type Handshake, handshakeSource } from "./handshake.ts";

/** Sends one request and hands over the answer as soon as its head is there. */
export interface Transport {
  send(request: RawRequest, options: { readonly signal: AbortSignal }): Promise<IncomingMessage>;
  /** The server refused our proof; true if another one may be had. */
  refresh(): boolean;
  close(): void;
}

export interface TransportOptions {
  readonly clock: Clock;
  readonly userAgent: string;
}

/** A dead peer is found out by TCP after 30 s of silence and 10 unanswered probes, a second apart. */
export const tcpKeepAliveMs = 30_000;
const idleConnectionMs = 60_000;

/** What is asked, for sentences: no query, because that may carry what a person typed into exec. */
export function askedText(access: ClusterAccess, { method = "GET", path }: RawRequest): string {
  return `${method} ${access.server}${path}`;
}

/** HTTP/1.1 with kept connections; one at a time each, so a watch has one to itself. */
export function transport(
  access: ClusterAccess,
  { clock, userAgent }: TransportOptions,
): Transport {
  const handshakes = handshakeSource(access, clock);
  const options = { keepAlive: true, keepAliveMsecs: tcpKeepAliveMs, timeout: idleConnectionMs };
  const { Agent } = access.server.startsWith("https:") ? https() : http();
  const agent = new Agent(options);

  const line: Line = { access, agent, userAgent };

  return {
    refresh: () => handshakes.refresh(),
    close: () => agent.destroy(),
    async send(request, { signal }) {
      const handshake = await handshakes.next({ signal });
      for (;;) {
        signal.throwIfAborted();
        try {
          return await sendOnce(line, request, handshake, signal);
        } catch (error) {
          if (!(error instanceof StaleConnectionError)) throw error;
          if (!isIdempotent(request))
            throw connectionError(askedText(access, request), error.cause, false);
        }
      }
    },
  };
}

interface Line {
  readonly access: ClusterAccess;
  readonly agent: HttpAgent | HttpsAgent;
  readonly userAgent: string;
}

function sendOnce(
  { access, agent, userAgent }: Line,
  request: RawRequest,
  { authorization, ...tls }: Handshake,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { protocol, hostname, port, host, pathname } = new URL(access.server);
  const secure = protocol === "https:";
  const { method = "GET", body } = request;
  return new Promise((resolve, reject) => {
    const outgoing = (secure ? https() : http()).request({
      method,
      host: hostname.replace(/^\[|\]$/g, ""),
      port: port || (secure ? 443 : 80),
      path: `${pathname.replace(/\/$/, "")}${request.path}${queryText(request.query)}`,
      headers: {
        host,
        accept: "application/json",
        "user-agent": userAgent,
        ...(authorization === undefined ? {} : { authorization }),
        ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }),
        ...request.headers,
      },
      agent,
      signal,
      ...(secure ? withoutUndefined(tls) : {}),
    });
    outgoing.once("response", (answer) => {
      answer.socket.setKeepAlive(true, tcpKeepAliveMs);
      resolve(answer);
    });
    outgoing.on("error", (cause) => {
      if (signal.aborted) reject(signal.reason as Error);
      else if (outgoing.reusedSocket) reject(new StaleConnectionError("reset", { cause }));
      else reject(connectionError(askedText(access, request), cause, false));
    });
    outgoing.end(body);
  });
}

/** A kept connection turned out to be closed; each such failure uses one up, so repeating ends. */
class StaleConnectionError extends Error {}

function isIdempotent({ method = "GET", headers }: RawRequest): boolean {
  return method === "GET" || headers?.["content-type"] === "application/apply-patch+yaml";
}

function withoutUndefined(tls: Handshake): Partial<Handshake> {
  return Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
}
