import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { test } from "node:test";
import { egressProxy } from "./egress-proxy.ts";

async function listening(server: Pick<Server, "listen" | "address" | "close">) {
  server.listen(0, "127.0.0.1");
  await once(server as Server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.dispose]: () => void server.close(),
  };
}

/** Asks the proxy for a way to `target`, says `said`, and gives all that comes back until it closes. */
async function ask(port: number, target: string, said = ""): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n${said}`);
  let heard = "";
  for await (const chunk of socket) heard += String(chunk);
  return heard;
}

test("egressProxy() joins the caller with the host and port that it names", async () => {
  const upper = createServer((socket) => {
    socket.once("data", (said) => socket.end(String(said).toUpperCase()));
  });
  using far = await listening(upper);
  using near = await listening(egressProxy());
  assert.equal(
    await ask(near.port, `127.0.0.1:${far.port}`, "hello"),
    "HTTP/1.1 200 Connection established\r\n\r\nHELLO",
  );
});

test("egressProxy() refuses what it cannot reach and what it cannot read", async () => {
  using near = await listening(egressProxy());
  const closed = await listening(createServer());
  closed[Symbol.dispose]();
  assert.match(await ask(near.port, `127.0.0.1:${closed.port}`), /^HTTP\/1.1 502 /);
  assert.match(await ask(near.port, "nowhere"), /^HTTP\/1.1 400 /);
});
