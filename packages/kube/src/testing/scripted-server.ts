import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Clock } from "@antrea/base";
import { systemClock } from "@antrea/base/io";
import type { ClusterAccess } from "../access.ts";
import type { KeyPair } from "./certificates.ts";

/** A request as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export type Script = (request: SeenRequest, answer: ServerResponse) => unknown;

/** A peer on the wire that answers as the test says, also as no real server should. */
export interface ScriptedServer extends AsyncDisposable {
  readonly server: Server;
  readonly access: ClusterAccess;
  /** All requests so far, oldest first. */
  readonly seen: readonly SeenRequest[];
  stop(): Promise<void>;
}

export async function scriptedServer(
  script: Script,
  tls?: KeyPair & { readonly clientCa?: string },
): Promise<ScriptedServer> {
  const seen: SeenRequest[] = [];
  const handle = (request: IncomingMessage, answer: ServerResponse): void => {
    void readRequest(request).then((one) => {
      seen.push(one);
      return script(one, answer);
    });
  };
  const server = tls
    ? createTlsServer(
        {
          cert: readFileSync(tls.cert),
          key: readFileSync(tls.key),
          ...(tls.clientCa ? { ca: readFileSync(tls.clientCa), requestCert: true } : {}),
        },
        handle,
      )
    : createServer(handle);
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {}); // a client that goes away is part of the tests
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  async function stop(): Promise<void> {
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  }
  return {
    server,
    seen,
    stop,
    [Symbol.asyncDispose]: stop,
    access: {
      server: `${tls ? "https" : "http"}://127.0.0.1:${port}`,
      tls: { insecure: false },
      credentials: { kind: "none" },
      namespace: "default",
      source: "a scripted server",
    },
  };
}

async function readRequest(request: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const url = new URL(request.url ?? "/", "http://server");
  return {
    method: request.method ?? "",
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: request.headers,
    body: Buffer.concat(chunks).toString("utf8"),
  };
}

/** Answers with JSON. */
export function answerJson(
  answer: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  answer.writeHead(status, { "content-type": "application/json", ...headers });
  answer.end(JSON.stringify(body));
}

/** Answers with a `Status`. */
export function answerStatus(answer: ServerResponse, code: number, reason: string): void {
  answerJson(answer, code, { kind: "Status", status: "Failure", code, reason, message: reason });
}

/** The lines of a watch. */
export function watchLine(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

/** The machine's time, `factor` times as fast: waits of seconds pass in a test. */
export function fastClock(factor: number): Clock {
  return {
    now: () => systemClock.now() * factor,
    wallTime: () => systemClock.wallTime(),
    sleep: (ms, options) => systemClock.sleep(ms / factor, options),
  };
}
