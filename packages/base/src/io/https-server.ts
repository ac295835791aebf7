import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { ServingCertificate } from "../x509/rotation.ts";
import { https } from "./http.ts";
import { type Listener, listener } from "./listener.ts";

/** What is offered in the handshake. */
export interface TlsSettings {
  readonly minVersion: "TLSv1.2" | "TLSv1.3";
  /**
   * Names of OpenSSL with ":" between; the usual ones where undefined. Where none is of TLS 1.3, that
   * version has its usual ones; where all are, it is the only version.
   */
  readonly ciphers: string | undefined;
}

export interface HttpsRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  /** Each value of a header by itself. */
  readonly distinctHeaders: IncomingMessage["headersDistinct"];
  readonly body: string;
  readonly socket: TLSSocket;
}

export interface HttpsAnswer {
  readonly status: number;
  readonly type: string;
  /** A function is called once the head is sent, and answers as long as it likes. */
  readonly body: string | ((out: AnswerStream) => void);
  readonly headers?: Readonly<Record<string, string>>;
}

/** The rest of an answer, in pieces. */
export interface AnswerStream {
  /** Never waits: who writes looks at `bufferedBytes`. After the end it does nothing. */
  write(text: string | Uint8Array): void;
  /** What the caller has not taken yet. */
  readonly bufferedBytes: number;
  /** Ends in order; the caller sees that all has come. */
  end(): void;
  /** Cuts the connection; what is buffered is dropped. */
  cut(): void;
  /** Aborts when the caller has gone, or the answer has ended. */
  readonly signal: AbortSignal;
}

export interface HttpsServerOptions {
  /** Address to listen on; all of the machine's where undefined. */
  readonly host: string | undefined;
  readonly port: number;
  readonly tls: TlsSettings;
  readonly certificate: ServingCertificate;
  /** Its signal aborts when the caller has gone. A throw is answered with 500 and told to `onFailure`. */
  readonly answer: (
    request: HttpsRequest,
    options: { readonly signal: AbortSignal },
  ) => Promise<HttpsAnswer>;
  /** The answers that this server gives by itself, in the form of its API. */
  readonly refusal: (status: 400 | 413 | 429 | 500, message: string) => HttpsAnswer;
  readonly onFailure: (path: string, error: unknown) => void;
  /** Whether callers are asked for a certificate; none is refused for it, and what it is worth is for `answer`. */
  readonly asksCertificate?: boolean | undefined;
  /** How large the body of a request to this path may be; undefined for the usual. */
  readonly mostBodyBytes?: (path: string) => number | undefined;
  readonly limits?: Partial<Limits>;
}

export interface HttpsServer extends Listener {
  /** From the next handshake on; connections that are open stay as they are. */
  show(certificate: ServingCertificate): void;
}

/** Limits of strangers: whoever is slower or larger is cut off. */
export const usualLimits = {
  /** From the connection to the end of the TLS handshake, in milliseconds. */
  handshakeMs: 5_000,
  /** From then to the end of a request's head. */
  headMs: 5_000,
  /** To the end of its body. */
  requestMs: 15_000,
  /** Without a byte in either direction, while nothing is answered in pieces. */
  silenceMs: 60_000,
  headBytes: 16 * 1024,
  headers: 64,
  bodyBytes: 1 << 20,
  /** Of all requests that are under way. */
  bodiesBytes: 64 << 20,
  /** In all, and of one address; the machine's own kubelet is not counted. */
  connections: 512,
  connectionsOfOne: 64,
} as const;
export type Limits = { readonly [K in keyof typeof usualLimits]: number };

/** HTTP/1.1 over TLS for strangers: nothing of a request is believed, and each is bounded in size and time. */
export function httpsServer(options: HttpsServerOptions): HttpsServer {
  const { host, port, tls } = options;
  const limits: Limits = { ...usualLimits, ...options.limits };
  const contextOf = ({ cert, key }: ServingCertificate) => ({
    cert,
    key,
    minVersion: tls.minVersion,
    ...(tls.ciphers === undefined ? {} : { ciphers: tls.ciphers }),
    honorCipherOrder: true,
  });
  const bodies: Bodies = { held: 0, most: limits.bodiesBytes };
  const server = https().createServer(
    {
      ...contextOf(options.certificate),
      handshakeTimeout: limits.handshakeMs,
      headersTimeout: limits.headMs,
      requestTimeout: limits.requestMs,
      maxHeaderSize: limits.headBytes,
      connectionsCheckingInterval: Math.min(1_000, limits.headMs),
      ALPNProtocols: ["http/1.1"],
      ...(options.asksCertificate ? { requestCert: true, rejectUnauthorized: false } : {}),
    },
    (request, response) => void serve(request, response, options, bodies, limits.bodyBytes),
  );
  server.maxHeadersCount = limits.headers;
  server.timeout = limits.silenceMs;
  server.keepAliveTimeout = limits.silenceMs;

  const sockets = new Set<Socket>();
  const strangers = strangersAtTheDoor(limits);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    if (!isOfThisMachine(socket) && !strangers.admit(socket)) socket.destroy();
  });
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  server.on("clientError", (_error, socket) => {
    const { status, type, body } = options.refusal(400, "This is no request of HTTP/1.1");
    if (typeof body !== "string") return void socket.destroy();
    if (!socket.writable) return void socket.destroy();
    socket.end(
      `HTTP/1.1 ${status} Bad Request\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
      () => socket.destroy(),
    );
  });

  const listening = listener(server, {
    ...{ name: "HTTPS server", host, port },
    cut(): void {
      for (const socket of sockets) socket.destroy(); // also those that never finished a handshake
    },
  });
  return Object.assign(listening, {
    show: (certificate: ServingCertificate) => server.setSecureContext(contextOf(certificate)),
  });
}

/** As the kubelet's probes: who asks a machine from itself has as his the address that he asks. */
function isOfThisMachine({ remoteAddress, localAddress }: Socket): boolean {
  return remoteAddress === localAddress;
}

interface Strangers {
  /** Counts a stranger's connection while it lasts; false where it is one too many. */
  admit(socket: Socket): boolean;
}

function strangersAtTheDoor({ connections, connectionsOfOne }: Limits): Strangers {
  const byAddress = new Map<string, number>();
  let all = 0;

  function leave(address: string): void {
    all -= 1;
    const left = (byAddress.get(address) ?? 1) - 1;
    if (left > 0) byAddress.set(address, left);
    else byAddress.delete(address);
  }

  return {
    admit(socket) {
      const { remoteAddress: address = "" } = socket;
      const ofOne = byAddress.get(address) ?? 0;
      if (ofOne >= connectionsOfOne || all >= connections) return false;
      all += 1;
      byAddress.set(address, ofOne + 1);
      socket.on("close", () => leave(address));
      return true;
    },
  };
}

/** The bodies of the requests that are under way, in bytes. */
interface Bodies {
  held: number;
  readonly most: number;
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { answer, refusal, onFailure, mostBodyBytes }: HttpsServerOptions,
  bodies: Bodies,
  usualBytes: number,
): Promise<void> {
  const gone = new AbortController();
  response.on("close", () => gone.abort(new DOMException("The caller has gone", "AbortError")));
  const url = URL.parse(request.url ?? "/", "https://localhost");
  let held = 0;
  const take = (bytes: number): boolean => {
    held += bytes;
    bodies.held += bytes;
    return bodies.held <= bodies.most;
  };
  try {
    if (!url) return send(response, refusal(400, "The target of the request is no path"));
    const mostBytes = mostBodyBytes?.(url.pathname) ?? usualBytes;
    const body = await readBody(request, mostBytes, take);
    if (body === "too large")
      return send(response, refusal(413, `The body is larger than ${mostBytes} bytes`));
    if (body === "too many")
      return send(response, refusal(429, "Too many large requests are under way; repeat it"));
    const asked = {
      method: request.method ?? "",
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      distinctHeaders: request.headersDistinct,
      body: body.text,
      socket: request.socket as TLSSocket,
    };
    send(response, await answer(asked, { signal: gone.signal }), gone.signal);
  } catch (error) {
    if (gone.signal.aborted) return;
    onFailure(url?.pathname ?? "", error);
    send(response, refusal(500, "The request could not be answered; the program's log says why"));
  } finally {
    bodies.held -= held;
  }
}

function send(
  response: ServerResponse,
  { status, type, body, headers }: HttpsAnswer,
  gone = new AbortController().signal,
): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, {
    "content-type": type,
    ...(typeof body === "string" ? { "content-length": Buffer.byteLength(body) } : {}),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(status === 413 || status === 429 ? { connection: "close" } : {}),
    ...headers,
  });
  if (typeof body === "string") return void response.end(body);
  response.flushHeaders();
  body(streamOf(response, gone));
}

/** Silence after which TCP asks whether the caller's machine is still there, in milliseconds. */
const probeMs = 30_000;

/** May be silent for as long as there is nothing to say, as a watch of an API server may. */
function streamOf(response: ServerResponse, signal: AbortSignal): AnswerStream {
  response.socket?.setTimeout(0);
  response.socket?.setKeepAlive(true, probeMs);
  return {
    signal,
    get bufferedBytes() {
      return response.writableLength;
    },
    write: (text) => void (response.writableEnded || signal.aborted || response.write(text)),
    end: () => void response.end(),
    cut: () => void response.destroy(),
  };
}

/** Ends as soon as it is too large, or together with others is; what follows is not read. */
async function readBody(
  request: IncomingMessage,
  mostBytes: number,
  take: (bytes: number) => boolean,
): Promise<{ readonly text: string } | "too large" | "too many"> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBytes) return "too large";
    if (!take(chunk.length)) return "too many";
    chunks.push(chunk);
  }
  return { text: Buffer.concat(chunks).toString("utf8") };
}
