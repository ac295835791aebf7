import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { type CniReply, type CniRequest, formatCniReply, parseCniRequest } from "@antrea/api/cni";

/** Something that listens where the agent does. */
export interface FakeAgent extends AsyncDisposable {
  /** Every line received, whatever it was. */
  readonly lines: readonly string[];
}

/** Answers each request by `reply`; a text is sent as it is, and undefined means to hang up. */
export async function fakeAgent(
  socketPath: string,
  reply: (request: CniRequest) => CniReply | string | undefined | Promise<never>,
): Promise<FakeAgent> {
  const lines: string[] = [];
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    let text = "";
    socket.on("error", () => {});
    socket.on("close", () => open.delete(socket));
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      text += chunk;
      if (!text.includes("\n")) return;
      lines.push(text);
      void answer(socket, text);
    });
  });
  const answer = async (socket: Socket, text: string) => {
    const parsed = parseCniRequest(text);
    const wanted = parsed.error
      ? { kind: "failed" as const, error: parsed.error }
      : await reply(parsed.value);
    if (wanted === undefined) socket.destroy();
    else socket.end(typeof wanted === "string" ? wanted : formatCniReply(wanted));
  };
  server.listen(socketPath);
  await once(server, "listening");
  return {
    lines,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
