import { createServer, type Server } from "node:http";
import { connect, type Socket } from "node:net";
import { type Duplex, pipeline } from "node:stream";
import { parseAuthority } from "../egress.ts";

/** A proxy for HTTP CONNECT and nothing else. Whoever may open its socket may reach all that its host does. */
export function egressProxy(): Server {
  const server = createServer((_, response) => void response.writeHead(405).end());
  return server.on("connect", ({ url = "" }, client, head) => {
    const target = parseAuthority(url);
    if (target) tunnel(client, connect(target), head);
    else client.end("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
}

/** Joins both as soon as the far end answers: each half closes on its own, and what breaks one breaks the other. */
function tunnel(client: Duplex, far: Socket, head: Buffer): void {
  const giveUp = () => far.destroy();
  const refuse = () => client.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  client.once("error", giveUp).once("close", giveUp);
  far.once("error", refuse);
  far.once("connect", () => {
    client.off("error", giveUp).off("close", giveUp);
    far.off("error", refuse);
    client.write("HTTP/1.1 200 Connection established\r\n\r\n");
    far.write(head);
    pipeline(client, far, ignore);
    pipeline(far, client, ignore);
  });
}

/** A connection that breaks is the business of those who talk over it. */
const ignore = (): void => {};
