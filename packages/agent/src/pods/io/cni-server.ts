import { chmod, mkdir, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { dirname } from "node:path";
import { type CniReply, formatCniReply } from "@antrea/api/cni";
import type { Logger, Service } from "@antrea/base";

/** A request is one line; a longer one is nobody's we know. */
const maxRequestBytes = 1 << 20;

export interface CniServerOptions {
  readonly path: string;
  readonly answer: (line: string) => Promise<CniReply>;
  readonly log: Logger;
}

/** Listens for the CNI plugin: one line of JSON in, one out, for each connection. Only root may connect. */
export function cniServer({ path, answer, log }: CniServerOptions): Service {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", (error) => log.debug("CNI connection failed", { err: error }));
    readLine(socket, (line) => {
      void answer(line).then((reply) => socket.end(formatCniReply(reply)));
    });
  });

  return {
    name: "CNI server",
    async start() {
      await mkdir(dirname(path), { recursive: true });
      await rm(path, { force: true });
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(path, resolve);
      });
      await chmod(path, 0o600);
    },
    async stop() {
      if (!server.listening) return;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.end();
      await closed;
    },
  };
}

function readLine(socket: Socket, onLine: (line: string) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const onData = (chunk: Buffer): void => {
    size += chunk.length;
    chunks.push(chunk);
    if (size > maxRequestBytes) socket.destroy();
    else if (chunk.includes(0x0a)) finish();
  };
  const finish = (): void => {
    socket.off("data", onData);
    socket.off("end", finish);
    onLine(Buffer.concat(chunks).toString("utf8").split("\n", 1)[0] ?? "");
  };
  socket.on("data", onData);
  socket.on("end", finish);
}
