import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createConnection } from "node:net";
import { dirname } from "node:path";
import type { Logger, Service } from "@antrea/base";
import { http } from "@antrea/base/io/http";
import { type LocalTransport, parseRequestTarget } from "../exchange.ts";

export interface LocalApiServerOptions {
  readonly socketPath: string;
  /** A router of this room. */
  readonly answer: LocalTransport;
  readonly log: Logger;
  /** Bits of the socket file; only the owner may connect unless this says otherwise. */
  readonly mode?: number;
}

/** Bytes; the largest request is a trace with a long flow. */
const maxBodySize = 1 << 20;

/** HTTP over a Unix socket. A socket file that a killed predecessor left is replaced; a live one is not. */
export function localApiServer(options: LocalApiServerOptions): Service {
  const { socketPath, answer, log, mode = 0o600 } = options;
  const server = http().createServer((request, response) => {
    serve(request, response, answer).catch((error: unknown) => {
      log.warn("Could not answer on the local API", { err: error });
      response.destroy();
    });
  });
  return {
    name: "local API",
    async start(signal) {
      mkdirSync(dirname(socketPath), { recursive: true });
      if (await isAnswered(socketPath)) {
        throw new Error(`Another program answers on ${socketPath}. Stop it first.`);
      }
      signal.throwIfAborted();
      rmSync(socketPath, { force: true });
      const before = process.umask(0o777 & ~mode); // bind is synchronous, so nobody can slip in between
      try {
        server.listen(socketPath);
      } finally {
        process.umask(before);
      }
      await once(server, "listening", { signal });
    },
    async stop() {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close(); // removes the socket file
      server.closeAllConnections();
      await closed;
    },
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  answer: LocalTransport,
): Promise<void> {
  const gone = new AbortController();
  response.on("close", () => gone.abort(new DOMException("The caller has gone", "AbortError")));
  const body = await readBody(request);
  const { status, body: text } =
    body === undefined
      ? { status: 413, body: '{"message":"The body is larger than 1 MiB."}' }
      : await answer(
          {
            method: request.method ?? "",
            ...parseRequestTarget(request.url ?? "/"),
            body,
          },
          { signal: gone.signal },
        );
  response.writeHead(status, { "content-type": "application/json", connection: "close" });
  response.end(text);
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxBodySize) chunks.push(chunk); // the rest is read and forgotten, so that the answer arrives
  }
  return size > maxBodySize ? undefined : Buffer.concat(chunks).toString("utf8");
}

async function isAnswered(socketPath: string): Promise<boolean> {
  const socket = createConnection(socketPath);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
