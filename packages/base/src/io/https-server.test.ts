import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { connect as connectTcp, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import type { ServingCertificate } from "../x509/rotation.ts";
import { certificateAuthority } from "./certificate-authority.ts";
import { type HttpsServerOptions, httpsServer, usualLimits as limits } from "./https-server.ts";

const names = {
  commonName: "test",
  dnsNames: ["localhost"],
  ipAddresses: [Uint8Array.of(127, 0, 0, 1)],
};
const authority = await certificateAuthority(names, "ecdsa", {
  nowMs: Date.now(),
  forMs: 86_400_000,
});

async function certificate(): Promise<ServingCertificate> {
  const { cert, key } = await authority.issue(Date.now(), 3_600_000);
  return { cert, key, authorities: authority.cert };
}

async function served(t: TestContext, more: Partial<HttpsServerOptions> = {}) {
  const failures: unknown[] = [];
  const server = httpsServer({
    host: "127.0.0.1",
    port: 0,
    tls: { minVersion: "TLSv1.2", ciphers: undefined },
    certificate: await certificate(),
    answer: async ({ method, path, query, body }) => ({
      status: 200,
      type: "text/plain",
      body: `${method} ${path} ${query.toString()} ${body.length}`,
    }),
    refusal: (status, body) => ({ status, type: "text/plain", body }),
    onFailure: (_path, error) => failures.push(error),
    ...more,
  });
  await server.start(t.signal);
  t.after(() => server.stop());
  return { server, failures };
}

/** One request over a connection of its own, or one that the agent keeps. */
async function ask(
  port: number,
  { path = "/", method = "GET", headers = {}, body = "", agent = new Agent() } = {},
): Promise<{ readonly status: number; readonly body: string; readonly serial: string }> {
  const outgoing = request({
    ...{ host: "127.0.0.1", port, path, method, headers, agent, ca: authority.cert },
  });
  outgoing.end(body);
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  const serial = (answer.socket as TLSSocket).getPeerCertificate().serialNumber;
  return { status: answer.statusCode ?? 0, body: await text(answer), serial };
}

test("httpsServer() answers, and believes nothing of a target", async (t) => {
  const { server } = await served(t);
  assert.equal((await ask(server.port, { path: "/a?b=c" })).body, "GET /a b=c 0");
  assert.equal((await ask(server.port, { method: "POST", body: "four" })).body, "POST /  4");
  assert.equal((await ask(server.port, { path: "/../../etc" })).body, "GET /etc  0");
  assert.equal((await ask(server.port, { path: "//" })).status, 400);
});

test("httpsServer() shows another certificate from the next handshake on, and drops no connection", async (t) => {
  const { server } = await served(t);
  const kept = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => kept.destroy());
  const before = await ask(server.port, { agent: kept });
  server.show(await certificate());
  const after = await ask(server.port, { agent: kept });
  assert.equal(after.serial, before.serial, "the open connection goes on");
  assert.notEqual((await ask(server.port)).serial, before.serial);
  assert.equal(Object.values(kept.freeSockets).flat().length, 1);
});

test("httpsServer() speaks the versions and cipher suites of its settings, and no others", async (t) => {
  const { server: modern } = await served(t, {
    tls: { minVersion: "TLSv1.3", ciphers: "TLS_CHACHA20_POLY1305_SHA256" },
  });
  const shake = (port: number, more: object) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port, ca: authority.cert, ...more }, () => {
        resolve(`${socket.getProtocol()} ${socket.getCipher().standardName}`);
        socket.destroy();
      });
      socket.on("error", reject);
    });
  assert.equal(await shake(modern.port, {}), "TLSv1.3 TLS_CHACHA20_POLY1305_SHA256");
  await assert.rejects(shake(modern.port, { maxVersion: "TLSv1.2" }));
  await assert.rejects(shake(modern.port, { ciphers: "TLS_AES_128_GCM_SHA256" }));
  const { server: older } = await served(t, {
    tls: { minVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES256-GCM-SHA384" },
  });
  const suite = "TLSv1.2 TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
  assert.equal(await shake(older.port, { maxVersion: "TLSv1.2" }), suite);
  assert.match(
    await shake(older.port, {}),
    /^TLSv1\.3 /,
    "whose suites are chosen by their own names",
  );
  const other = { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" };
  await assert.rejects(shake(older.port, other));
  const { server: newest } = await served(t, {
    tls: { minVersion: "TLSv1.2", ciphers: "TLS_AES_128_GCM_SHA256" },
  });
  await assert.rejects(shake(newest.port, { maxVersion: "TLSv1.2" }));
});

test("httpsServer() refuses what is too large, in its own form", async (t) => {
  const { server } = await served(t);
  const body = "x".repeat(limits.bodyBytes + 1);
  const large = await ask(server.port, { method: "POST", body });
  assert.equal(large.status, 413);
  const headers = { "x-long": "y".repeat(limits.headBytes) };
  assert.equal((await ask(server.port, { headers })).status, 400);
  assert.equal((await ask(server.port)).status, 200);
});

test("httpsServer() takes larger bodies where it is told so, and of all together a bounded amount", async (t) => {
  const { server } = await served(t, {
    limits: { bodyBytes: 1_000, bodiesBytes: 30_000 },
    mostBodyBytes: (path) => (path === "/large" ? 25_000 : undefined),
  });
  const post = (path: string, size: number) =>
    ask(server.port, { path, method: "POST", body: "x".repeat(size) });
  assert.equal((await post("/large", 20_000)).body, "POST /large  20000");
  assert.equal((await post("/large", 25_001)).status, 413);
  assert.equal((await post("/small", 1_001)).status, 413);

  const slow = connect({ host: "127.0.0.1", port: server.port, ca: authority.cert });
  await once(slow, "secureConnect");
  slow.write(
    `POST /large HTTP/1.1\r\nHost: x\r\nContent-Length: 24000\r\n\r\n${"x".repeat(23_999)}`,
  );
  let crowded = await post("/large", 20_000);
  for (; crowded.status === 200; crowded = await post("/large", 20_000)); // until the slow one's bytes are here
  assert.equal(crowded.status, 429);
  slow.end("x");
  await text(slow);
  assert.equal((await post("/large", 20_000)).status, 200);
});

/** How long the server lets somebody wait who sends this and nothing more, in milliseconds. */
async function patience(socket: Socket, sent: string): Promise<number> {
  const begun = performance.now();
  socket.write(sent);
  await text(socket).catch(() => "");
  return performance.now() - begun;
}

test("httpsServer() cuts off who is slow with the handshake or with a request", async (t) => {
  const { server } = await served(t, { limits: { handshakeMs: 300, headMs: 300 } });
  const tls = connect({ host: "127.0.0.1", port: server.port, ca: authority.cert });
  await once(tls, "secureConnect");
  const [plain, half] = await Promise.all([
    patience(connectTcp(server.port, "127.0.0.1"), ""),
    patience(tls, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "),
  ]);
  for (const tookMs of [plain, half])
    assert.ok(tookMs > 200 && tookMs < limits.headMs, `${tookMs} ms`);
});

test("httpsServer() outlives what is no TLS and what is no HTTP", async (t) => {
  const { server } = await served(t);
  const plain = connectTcp(server.port, "127.0.0.1");
  plain.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await text(plain).catch(() => "");
  const tls = connect({ host: "127.0.0.1", port: server.port, ca: authority.cert });
  tls.write("BREW coffee\r\n\r\n");
  assert.match(await text(tls), /^HTTP\/1\.1 400 Bad Request\r\n[^]*no request of HTTP\/1\.1$/);
  assert.equal((await ask(server.port)).status, 200);
});

test("httpsServer() answers 500 for an answer that throws, tells why, and aborts one whose caller has gone", async (t) => {
  const aborted = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const { server, failures } = await served(t, {
    answer: async ({ path }, { signal }) => {
      if (path === "/bad") throw new Error("secret of the inside");
      reached.resolve();
      await once(signal, "abort");
      aborted.resolve();
      throw signal.reason;
    },
  });
  const { status, body } = await ask(server.port, { path: "/bad" });
  assert.equal(status, 500);
  assert.doesNotMatch(body, /secret/);
  assert.match(String(failures), /secret of the inside/);
  const outgoing = request({ host: "127.0.0.1", port: server.port, ca: authority.cert });
  outgoing.on("error", () => {});
  outgoing.end();
  await reached.promise;
  outgoing.destroy();
  await aborted.promise;
  assert.equal(failures.length, 1);
});

test("httpsServer() lets one stranger have so many connections, and always answers its own machine", async (t) => {
  const { server } = await served(t, { host: "0.0.0.0", limits: { connectionsOfOne: 3 } });
  // from another address of the loopback than the one asked, as a stranger is
  const stranger = () =>
    new Promise<TLSSocket | undefined>((resolve) => {
      const from = { host: "127.0.0.2", localAddress: "127.0.0.3" };
      const socket = connect({ ...from, port: server.port, rejectUnauthorized: false }, () =>
        resolve(socket),
      );
      socket.on("error", () => resolve(undefined));
      t.after(() => socket.destroy());
    });
  const open = await Promise.all(Array.from({ length: 5 }, stranger));
  const mine = open.filter((socket) => socket !== undefined);
  assert.equal(mine.length, 3);
  assert.equal((await ask(server.port)).status, 200);
  const [first] = mine;
  first?.destroy();
  await once(first ?? assert.fail("one is open"), "close");
  let again: TLSSocket | undefined;
  for (let tries = 0; tries < 50 && !again; tries++) again = await stranger();
  assert.ok(again, "a place is free again");
});

test("httpsServer() stops while connections are open, also those without a handshake", async (t) => {
  const { server } = await served(t);
  const plain = connectTcp(server.port, "127.0.0.1");
  await once(plain, "connect");
  const ended = text(plain).catch(() => "");
  await server.stop();
  await ended;
});

test("httpsServer() keeps an answer in pieces open through any silence, and cuts who says nothing otherwise", async (t) => {
  const { server } = await served(t, {
    limits: { silenceMs: 200 },
    answer: async () => ({
      ...{ status: 200, type: "text/plain" },
      body: (out) => setTimeout(() => (out.write("late"), out.end()), 700),
    }),
  });
  assert.equal((await ask(server.port)).body, "late");
  const idle = connect({ host: "127.0.0.1", port: server.port, ca: authority.cert });
  await once(idle, "secureConnect");
  await text(idle);
});
