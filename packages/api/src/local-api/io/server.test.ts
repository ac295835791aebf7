import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { silentLogger } from "@antrea/base";
import type { LocalRequest, LocalTransport } from "../exchange.ts";
import { unixTransport } from "./client.ts";
import { localApiServer } from "./server.ts";

const signal = new AbortController().signal;

async function serverFor(t: TestContext, answer: LocalTransport) {
  const dir = mkdtempSync(join(tmpdir(), "antrea-api-"));
  const socketPath = join(dir, "sub", "agent.sock");
  const server = localApiServer({ socketPath, answer, log: silentLogger });
  t.after(async () => {
    await server.stop();
    rmSync(dir, { recursive: true });
  });
  return { server, socketPath };
}

test("localApiServer() carries requests and answers unchanged, on a socket for its owner only", async (t) => {
  const seen: LocalRequest[] = [];
  const { server, socketPath } = await serverFor(t, async (request) => {
    seen.push(request);
    return { status: 404, body: '{"message":"Nö."}' };
  });
  await server.start(signal);
  assert.equal(statSync(socketPath).mode & 0o777, 0o600);

  const request = { method: "PUT", path: "/x", query: { a: "b c", d: "&" }, body: '"ü"' } as const;
  assert.deepEqual(await unixTransport(socketPath)(request, { signal }), {
    status: 404,
    body: '{"message":"Nö."}',
  });
  assert.deepEqual(seen, [request]);
  await server.stop();
  await server.stop();
  assert.ok(!existsSync(socketPath));
});

test("localApiServer() takes over a dead socket file, and refuses to push a live server aside", async (t) => {
  const { server, socketPath } = await serverFor(t, async () => ({ status: 200, body: "1" }));
  await server.start(signal);
  const second = localApiServer({
    socketPath,
    answer: async () => ({ status: 200, body: "2" }),
    log: silentLogger,
  });
  await assert.rejects(second.start(signal), /Another program answers on/);
  await server.stop();
  writeFileSync(socketPath, "");
  await second.start(signal);
  t.after(() => second.stop());
  const ask = { method: "GET", path: "/", query: {}, body: "" } as const;
  assert.equal((await unixTransport(socketPath)(ask, { signal })).body, "2");
});

test("localApiServer() aborts a handler whose caller has gone, and refuses a huge body", async (t) => {
  const aborted = Promise.withResolvers<void>();
  const { server, socketPath } = await serverFor(t, ({ path }, { signal: gone }) => {
    if (path !== "/slow") return Promise.resolve({ status: 200, body: "{}" });
    caller.abort();
    return new Promise((resolve) => {
      gone.addEventListener("abort", () => {
        aborted.resolve();
        resolve({ status: 200, body: "" });
      });
    });
  });
  await server.start(signal);
  const caller = new AbortController();
  const ask = { method: "GET", path: "/slow", query: {}, body: "" } as const;
  await assert.rejects(unixTransport(socketPath)(ask, { signal: caller.signal }));
  await aborted.promise;

  const huge = { ...ask, path: "/", method: "POST", body: "x".repeat((1 << 20) + 1) } as const;
  assert.equal((await unixTransport(socketPath)(huge, { signal })).status, 413);
});

test("localApiServer() survives what is no HTTP", async (t) => {
  const { server, socketPath } = await serverFor(t, async () => ({ status: 200, body: "{}" }));
  await server.start(signal);
  const socket = createConnection(socketPath);
  socket.end("BREW coffee\r\n\r\n");
  const answer = await text(socket);
  assert.match(answer, /^HTTP\/1\.1 400 /);
  const ask = { method: "GET", path: "/", query: {}, body: "" } as const;
  assert.equal((await unixTransport(socketPath)(ask, { signal })).status, 200);
});

test("unixTransport() throws when nobody answers", async (t) => {
  const { socketPath } = await serverFor(t, async () => ({ status: 200, body: "" }));
  const ask = { method: "GET", path: "/", query: {}, body: "" } as const;
  await assert.rejects(unixTransport(socketPath)(ask, { signal }), { code: "ENOENT" });
});
