import type { IncomingMessage } from "node:http";
import type { Clock } from "@antrea/base";
import type { RawData, WebSocket } from "ws";
import type { ClusterAccess } from "../access.ts";
import { cleanText, connectionError, KubeError, statusError } from "../error.ts";
import {
  channels,
  type ExecStatus,
  endOfStdin,
  frame,
  parseExecStatus,
  protocols,
} from "../exec/channel.ts";
import type { ObjectName } from "../object.ts";
import { objectPath } from "../resource.ts";
import { pods } from "../resources.ts";
import { readText } from "./body.ts";
import { handshakeSource } from "./handshake.ts";
import { askedText, tcpKeepAliveMs } from "./transport.ts";

export interface ExecOptions {
  readonly access: ClusterAccess;
  readonly clock: Clock;
  readonly userAgent: string;
  readonly pod: ObjectName;
  readonly container?: string;
  /** Program and arguments: no shell takes part. */
  readonly command: readonly string[];
  readonly stdin?: string | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Called with each piece; where undefined, the output is collected. */
  readonly onStdout?: (chunk: Uint8Array) => void;
  readonly onStderr?: (chunk: Uint8Array) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface ExecResult extends ExecStatus {
  /** What was not handed to `onStdout`. */
  readonly stdout: string;
  readonly stderr: string;
}

/** Output that is collected beyond this is an error: hand it on in pieces instead. */
const maxCollectedBytes = 64 * 1024 * 1024;
const handshakeTimeoutMs = 30_000;

/**
 * Runs a command in a container of a Pod, as `kubectl exec` does, and resolves when it has ended,
 * whatever its exit code. Rejects with a `KubeError` if it could not be run or the connection broke.
 */
export async function execInPod(options: ExecOptions): Promise<ExecResult> {
  const { access, signal } = options;
  signal?.throwIfAborted();
  const path = objectPath(pods, options.pod, "exec");
  const asked = askedText(access, { path });
  const socket = await openSocket(options, path);
  const stdout = collector(options.onStdout);
  const stderr = collector(options.onStderr);
  let status: ExecStatus | undefined;

  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  const abort = (): void => {
    reject(signal?.reason as Error);
    socket.terminate();
  };
  signal?.addEventListener("abort", abort, { once: true });
  socket.on("unexpected-response", (_request, answer) => {
    void refusal(asked, answer).then(reject);
  });
  socket.on("error", (cause) => reject(connectionError(asked, cause, false)));
  socket.on("close", () => resolve());
  socket.on("message", (data: RawData) => {
    const message = data as Buffer; // binaryType is "nodebuffer"
    const body = message.subarray(1);
    if (message[0] === channels.stdout) stdout.add(body);
    else if (message[0] === channels.stderr) stderr.add(body);
    else if (message[0] === channels.error) status = parseExecStatus(body.toString("utf8"));
    if (stdout.size + stderr.size > maxCollectedBytes) {
      const answer = `the command printed more than ${maxCollectedBytes} bytes`;
      reject(new KubeError({ code: "bad-response", asked, answer }));
      socket.terminate();
    }
  });
  socket.on("open", () => {
    sendInput(socket, options.stdin, asked).catch((error: unknown) => {
      reject(error);
      socket.terminate();
    });
  });
  try {
    await ended;
  } finally {
    signal?.removeEventListener("abort", abort);
    socket.terminate();
  }
  if (status === undefined)
    throw new KubeError({ code: "cut", asked, answer: "the connection ended before the command" });
  return { ...status, stdout: stdout.text(), stderr: stderr.text() };
}

async function openSocket(options: ExecOptions, path: string): Promise<WebSocket> {
  const { access, container, command, stdin } = options;
  const query = new URLSearchParams([
    ...command.map((word): [string, string] => ["command", word]),
    ...(container === undefined ? [] : [["container", container] as [string, string]]),
    ["stdin", String(stdin !== undefined)],
    ["stdout", "true"],
    ["stderr", "true"],
  ]);
  const { authorization, ...tls } = await handshakeSource(access, options.clock).next(options);
  const { WebSocket } = await import("ws"); // only programs that exec load it
  const socket = new WebSocket(
    `${access.server.replace(/^http/, "ws")}${path}?${query.toString()}`,
    [...protocols],
    {
      headers: {
        "user-agent": options.userAgent,
        ...(authorization === undefined ? {} : { authorization }),
      },
      handshakeTimeout: handshakeTimeoutMs,
      perMessageDeflate: false,
      maxPayload: maxCollectedBytes,
      ...tls,
    },
  );
  socket.on("upgrade", (answer) => answer.socket.setKeepAlive(true, tcpKeepAliveMs));
  return socket;
}

async function sendInput(
  socket: WebSocket,
  stdin: ExecOptions["stdin"],
  asked: string,
): Promise<void> {
  if (stdin === undefined) return;
  if (socket.protocol !== protocols[0]) {
    const answer = `the server speaks ${cleanText(socket.protocol, 80)}, which cannot end standard input`;
    throw new KubeError({ code: "bad-response", asked, answer });
  }
  const chunks = typeof stdin === "string" ? [Buffer.from(stdin)] : stdin;
  for await (const chunk of chunks) await sendMessage(socket, frame(channels.stdin, chunk));
  await sendMessage(socket, endOfStdin);
}

/** Resolves when the message has been handed to the socket, so that input waits for a slow one. */
function sendMessage(socket: WebSocket, message: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) =>
    socket.send(message, (error) => (error ? reject(error) : resolve())),
  );
}

async function refusal(asked: string, answer: IncomingMessage): Promise<KubeError> {
  const text = await readText(asked, answer).catch(() => "");
  let body: unknown = text;
  try {
    body = JSON.parse(text);
  } catch {
    // plain text, then
  }
  return statusError(asked, answer.statusCode ?? 0, body, answer.headers["retry-after"]);
}

function collector(onChunk: ((chunk: Uint8Array) => void) | undefined) {
  const chunks: Uint8Array[] = [];
  let size = 0;
  return {
    get size() {
      return size;
    },
    add(chunk: Uint8Array): void {
      if (onChunk) return onChunk(chunk);
      size += chunk.length;
      chunks.push(chunk);
    },
    text: () => Buffer.concat(chunks).toString("utf8"),
  };
}
