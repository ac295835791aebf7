import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FramingError } from "./framing.ts";
import { rpcSession } from "./session.ts";

const utf8 = new TextEncoder();
const text = new TextDecoder();
const message = (value: unknown): Uint8Array => utf8.encode(JSON.stringify(value));
const session = () => rpcSession({ now: 0, probeMs: 100 });

test("rpcSession() matches replies to requests, in any order", () => {
  const s = session();
  const first = s.request("transact", ["db"]);
  const second = s.request("get_schema", ["db"]);
  assert.deepEqual(JSON.parse(text.decode(first.bytes)), {
    id: first.id,
    method: "transact",
    params: ["db"],
  });

  const step = s.receive(
    utf8.encode(
      JSON.stringify({ id: second.id, result: {}, error: null }) +
        JSON.stringify({ id: first.id, result: null, error: "canceled" }),
    ),
    1,
  );
  assert.deepEqual(step.events, [
    { kind: "result", id: second.id, method: "get_schema", result: {} },
    { kind: "error", id: first.id, method: "transact", error: "canceled" },
  ]);
});

test("rpcSession() answers echoes and refuses other requests of the peer", () => {
  const { send, events } = session().receive(
    utf8.encode('{"id":"echo","method":"echo","params":[1]}{"id":2,"method":"steal","params":[]}'),
    1,
  );
  assert.deepEqual(events, []);
  assert.deepEqual(
    send.map((bytes) => JSON.parse(text.decode(bytes)) as unknown),
    [
      { id: "echo", result: [1], error: null },
      { id: 2, result: null, error: "unknown method" },
    ],
  );
});

test("rpcSession() hands on notifications", () => {
  const step = session().receive(message({ id: null, method: "update3", params: ["a"] }), 1);
  assert.deepEqual(step.events, [{ kind: "notification", method: "update3", params: ["a"] }]);
});

test("rpcSession() reports what it cannot understand, and goes on", () => {
  const s = session();
  const { id } = s.request("list_dbs", []);
  const bad: unknown[] = [
    [],
    {},
    { id: 99, result: 1, error: null },
    { id: null, result: 1, error: null },
    { method: 1, params: [] },
    { method: "x", params: {} },
    { id },
  ];
  for (const value of bad)
    assert.equal(s.receive(message(value), 1).events[0]?.kind, "malformed", JSON.stringify(value));
  assert.equal(s.receive(message({ id, result: [], error: null }), 1).events[0]?.kind, "result");
});

test("rpcSession() accepts one reply to a request only", () => {
  const s = session();
  const { id } = s.request("list_dbs", []);
  const reply = message({ id, result: [], error: null });
  assert.equal(s.receive(reply, 1).events[0]?.kind, "result");
  assert.equal(s.receive(reply, 2).events[0]?.kind, "malformed");
});

test("rpcSession() probes a silent peer once, and gives it up when it does not answer", () => {
  const s = session();
  assert.equal(s.nextWakeMs(), 100);
  assert.equal(s.wake(99), undefined);
  const probe = s.wake(100);
  assert.ok(probe instanceof Uint8Array);
  assert.equal(s.nextWakeMs(), 200);
  assert.equal(s.wake(199), undefined);
  assert.equal(s.wake(200), "dead");
});

test("rpcSession() takes any byte of the peer as a sign of life, and its answer for no event", () => {
  const s = session();
  const probe = JSON.parse(text.decode(s.wake(100) as Uint8Array)) as { readonly id: number };
  assert.deepEqual(s.receive(message({ id: probe.id, result: [], error: null }), 150).events, []);
  assert.equal(s.wake(200), undefined);
  assert.equal(s.nextWakeMs(), 250);
});

test("rpcSession() throws nothing but FramingError on bytes of chance", () => {
  const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 1_000_000_007);
  const base = text.decode(
    message({ id: 1, method: "update3", params: [{ a: ["set", []] }, null] }),
  );
  const mutated = fc
    .tuple(
      fc.array(fc.tuple(fc.nat(base.length - 1), fc.integer({ min: 0, max: 255 }))),
      fc.boolean(),
    )
    .map(([edits, isTwice]) => {
      const bytes = utf8.encode(isTwice ? base + base : base);
      for (const [at, value] of edits) bytes[at] = value;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (bytes) => {
      const s = session();
      s.request("echo", []);
      try {
        s.receive(bytes, 1);
      } catch (error) {
        assert.ok(error instanceof FramingError, String(error));
      }
    }),
    { seed, numRuns: 2_000 },
  );
  console.log(`seed ${seed}`);
});
