import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { exponentialBackOff, silentLogger } from "@antrea/base";
import { systemClock } from "@antrea/base/io";
import { bridgeTable, bridgeTables } from "../schema/open-vswitch.ts";
import { ovsdbClient } from "./client.ts";
import { unixctl } from "./unixctl.ts";

/** A server that answers each connection with the next of `answers`: a text, or what it makes of a request. */
async function fakeServer(answers: readonly (string | ((request: string) => string))[]) {
  const folder = mkdtempSync(join(tmpdir(), "ovsdb-hostile-"));
  const path = join(folder, "db.sock");
  let next = 0;
  const server: Server = createServer((socket) => {
    const answer = answers[Math.min(next++, answers.length - 1)] ?? "";
    socket.on("error", () => {});
    socket.on("data", (data) => {
      const reply = typeof answer === "string" ? answer : answer(String(data));
      if (!socket.destroyed) socket.write(reply);
    });
    socket.on("end", () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    path,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    },
  };
}

const uuid = "00000000-0000-4000-8000-000000000001";

/** What a server with one bridge says. */
function honest(request: string): string {
  const { id, method } = JSON.parse(request) as { id: number; method: string };
  const tables = Object.fromEntries(bridgeTables.map((t) => [t.name, { columns: t.columns }]));
  const result =
    method === "get_schema"
      ? { tables }
      : [false, uuid, { Bridge: { [uuid]: { initial: { name: "br0" } } } }];
  return JSON.stringify({ id, result, error: null });
}

test("ovsdbClient() survives servers that talk nonsense, and works with one that does not", async () => {
  const nonsense = [
    "HTTP/1.1 400 Bad Request\r\n\r\n",
    "[".repeat(1000),
    '{"id":1,"result":null,"error":"no such database"}',
    '{"id":1,"result":{"tables":7},"error":null}',
    '{"id":1,"result":[],"error":null}{"id":2,"result":[],"error":null}',
    '{"id":null,"method":"update3","params":[]}}',
    `{"id":null,"method":"update3","params":["replica","${uuid}",{"Bridge":{"${uuid}":{"modify":{}}}}]}`,
  ];
  await using server = await fakeServer([...nonsense, honest]);
  const client = ovsdbClient({
    path: server.path,
    tables: bridgeTables,
    log: silentLogger,
    clock: systemClock,
    backOff: exponentialBackOff({ firstMs: 1, maxMs: 1, random: () => 0 }),
    probeMs: 100,
  });
  try {
    await client.start(AbortSignal.timeout(10_000));
    assert.equal(client.replica.findBy(bridgeTable, "name", "br0")?.uuid, uuid);
  } finally {
    await client.stop();
  }
});

test("unixctl() gives the daemon's own sentence when it refuses, and refuses answers that are no text", async () => {
  const reply = (more: object) => (request: string) => {
    const { id } = JSON.parse(request) as { id: number };
    return JSON.stringify({ id, result: null, error: null, ...more });
  };
  await using server = await fakeServer([
    reply({ error: '"x" is not a valid command\n' }),
    reply({ result: { a: 1 } }),
    reply({ result: "yes" }),
  ]);
  const signal = AbortSignal.timeout(5_000);
  const control = unixctl(server.path);
  await assert.rejects(control.call("x", [], { signal }), /x failed: "x" is not a valid command/);
  await assert.rejects(control.call("x", [], { signal }), /malformed: no string/);
  assert.equal(await control.call("x", ["1"], { signal }), "yes");
});
