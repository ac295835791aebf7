import assert from "node:assert/strict";
import { test } from "node:test";
import { KubeError, type KubeErrorCode } from "../error.ts";
import type { KubeObject } from "../object.ts";
import { type ReflectorMachine, type ReflectorStep, reflectorMachine } from "./machine.ts";

function machine({ streaming = false, pageSize = 2 } = {}): ReflectorMachine<string> {
  return reflectorMachine<string>({
    project(object: KubeObject & { readonly value?: string }) {
      if (object.value === "poison") throw new Error("poison");
      return object.value;
    },
    backOff: { delayMs: (attempt) => attempt * 100 },
    random: () => 0,
    pageSize,
    streaming,
  });
}

const object = (name: string, value?: string, resourceVersion = "1") => ({
  metadata: { name, resourceVersion },
  ...(value === undefined ? {} : { value }),
});
const page = (items: readonly unknown[], resourceVersion = "10", next?: string) => ({
  items,
  resourceVersion,
  continue: next,
});
const bookmark = (resourceVersion: string, annotations = {}) =>
  ({ type: "BOOKMARK", object: { metadata: { resourceVersion, annotations } } }) as const;
const endOfList = (version: string) => bookmark(version, { "k8s.io/initial-events-end": "true" });
const failure = (code: KubeErrorCode, more: Partial<KubeError> = {}) =>
  new KubeError({ code, asked: "GET x", answer: "no", ...more });

const listed = (one: ReflectorMachine<string>, now = 0): ReflectorMachine<string> => {
  one.next(now);
  one.page(page([object("a", "1"), object("b", "1")]), now);
  return one;
};

test("reflectorMachine() lists page by page and swaps the store with the last one", () => {
  const one = machine();
  assert.deepEqual(one.next(0), { kind: "list", query: { limit: 2 } });
  assert.deepEqual(one.page(page([object("a", "1"), object("b", "1")], "10", "more"), 0), []);
  assert.deepEqual(one.next(0), { kind: "list", query: { limit: 2, continue: "more" } });
  assert.deepEqual(one.page(page([object("c", "2")]), 0), [
    {
      kind: "replace",
      entries: new Map([
        ["a", "1"],
        ["b", "1"],
        ["c", "2"],
      ]),
      keep: new Set(),
    },
  ]);
  assert.deepEqual(one.next(0), {
    kind: "watch",
    query: { resourceVersion: "10", sendInitialEvents: false, timeoutSeconds: 300 },
  });
});

test("reflectorMachine() lists anew, without pages, when a continue token has expired", () => {
  const one = machine();
  one.next(0);
  one.page(page([object("a", "1")], "10", "more"), 0);
  one.failed(failure("expired"), 0);
  assert.deepEqual(one.next(0), { kind: "list", query: {} });
  const [change] = one.page(page([object("b", "1")]), 0);
  assert.ok(change?.kind === "replace");
  assert.deepEqual([...change.entries.keys()], ["b"]);
});

test("reflectorMachine() turns events into changes and resumes from the last version seen", () => {
  const one = listed(machine());
  one.next(0);
  const change = (type: "ADDED" | "MODIFIED" | "DELETED", name: string, version: string) =>
    one.event({ type, object: object(name, "2", version) }, 0);
  assert.deepEqual(change("ADDED", "c", "11"), { kind: "put", key: "c", record: "2" });
  assert.deepEqual(change("MODIFIED", "a", "12"), { kind: "put", key: "a", record: "2" });
  assert.deepEqual(change("DELETED", "b", "13"), { kind: "remove", key: "b" });
  assert.equal(one.event(bookmark("20"), 0), undefined);
  one.failed(failure("cut"), 40_000);
  assert.deepEqual(one.next(40_000), { kind: "wait", ms: 100 });
  const step = one.next(40_100);
  assert.ok(step.kind === "watch" && step.query.resourceVersion === "20");
});

test("reflectorMachine() never changes the store on a failure of any kind", () => {
  const codes: readonly KubeErrorCode[] = [
    ...(["unauthorized", "forbidden", "not-found", "conflict", "expired", "invalid"] as const),
    ...(["too-many-requests", "server-error", "unreachable", "tls", "cut", "timeout"] as const),
    "bad-response",
  ];
  for (const code of codes) {
    const one = listed(machine());
    one.next(0);
    const before = one.event({ type: "ADDED", object: object("c", "1", "11") }, 0);
    assert.equal(before?.kind, "put");
    for (let now = 0; now < 20; now++) {
      one.failed(failure(code), now * 100_000);
      one.closed(now * 100_000 + 1);
      one.next(now * 100_000 + 50_000);
    }
    // Nothing but an event or a page gives changes: the machine has no other way to speak.
    assert.equal(one.event(bookmark("30"), 3e6), undefined, code);
  }
});

test("reflectorMachine() lists again at once when its version has expired, then ever more slowly", () => {
  const one = listed(machine());
  one.next(0);
  assert.equal(one.failed(failure("expired"), 0), true);
  assert.equal(one.next(0).kind, "list");
  one.page(page([object("a", "1")], "20"), 0);
  one.next(0);
  one.failed(failure("expired"), 0);
  assert.deepEqual(one.next(0), { kind: "wait", ms: 200 });
});

test("reflectorMachine() lists again when the server lost what we know, or talks nonsense", () => {
  const causes = { code: "server-error", causes: ["ResourceVersionTooLarge"] } as const;
  for (const error of [failure("bad-response"), failure("server-error", causes)]) {
    const one = listed(machine());
    one.next(0);
    one.failed(error, 0);
    assert.equal(one.next(100).kind, "list");
  }
});

test("reflectorMachine() keeps its version through refusals, and suspects it after five", () => {
  const one = listed(machine());
  const kinds: ReflectorStep["kind"][] = [];
  for (let i = 1; i <= 5; i++) {
    kinds.push(one.next(i * 10_000).kind);
    one.failed(failure("server-error", { status: 500 }), i * 10_000);
  }
  kinds.push(one.next(100_000).kind);
  assert.deepEqual(kinds, ["watch", "watch", "watch", "watch", "watch", "list"]);
});

test("reflectorMachine() waits as long as the server asks", () => {
  const one = listed(machine());
  one.next(0);
  one.failed(failure("too-many-requests", { retryAfterMs: 7000 }), 0);
  assert.deepEqual(one.next(0), { kind: "wait", ms: 7000 });
});

test("reflectorMachine() reopens a watch that ended in order at once, but not one that ends at once", () => {
  const one = listed(machine());
  one.next(0);
  one.closed(300_000);
  assert.equal(one.next(300_000).kind, "watch");
  one.closed(300_010);
  assert.deepEqual(one.next(300_010), { kind: "wait", ms: 100 });
  one.next(300_110);
  one.closed(300_120);
  assert.deepEqual(one.next(300_120), { kind: "wait", ms: 200 });
});

test("reflectorMachine() fills the store from a stream, complete with its bookmark", () => {
  const one = machine({ streaming: true });
  assert.deepEqual(one.next(0), {
    kind: "watch",
    query: { sendInitialEvents: true, timeoutSeconds: 300 },
  });
  const added = (name: string) => one.event({ type: "ADDED", object: object(name, "1") }, 0);
  assert.deepEqual([added("a"), added("b"), one.event(bookmark("5"), 0)], Array(3).fill(undefined));
  one.event({ type: "DELETED", object: object("b", "1") }, 0);
  assert.deepEqual(one.event(endOfList("10"), 0), {
    kind: "replace",
    entries: new Map([["a", "1"]]),
    keep: new Set(),
  });
  assert.deepEqual(one.event({ type: "ADDED", object: object("c", "1", "11") }, 0), {
    kind: "put",
    key: "c",
    record: "1",
  });
});

test("reflectorMachine() begins a cut stream again from nothing, and its half store is never seen", () => {
  const one = machine({ streaming: true });
  one.next(0);
  one.event({ type: "ADDED", object: object("half", "1", "9") }, 0);
  one.failed(failure("cut"), 0);
  assert.deepEqual(one.next(100), {
    kind: "watch",
    query: { sendInitialEvents: true, timeoutSeconds: 300 },
  });
  const change = one.event(endOfList("10"), 100);
  assert.ok(change?.kind === "replace" && change.entries.size === 0);
});

test("reflectorMachine() falls back to pages where the server does not stream lists", () => {
  const refusals: readonly ((one: ReflectorMachine<string>) => void)[] = [
    (one) => one.failed(failure("invalid", { status: 422 }), 0),
    (one) => one.failed(failure("server-error", { status: 500 }), 0),
    (one) => one.failed(failure("timeout"), 0),
    (one) => {
      one.closed(0);
      one.next(100);
      one.closed(100);
    },
  ];
  for (const refuse of refusals) {
    const one = machine({ streaming: true });
    one.next(0);
    refuse(one);
    assert.equal(one.next(1000).kind, "list", String(refuse));
    one.page(page([]), 1000);
    one.next(1000);
    one.failed(failure("expired"), 1000);
    assert.equal(one.next(2000).kind, "list", "it does not try again");
  }
});

test("reflectorMachine() loses patience with a stream that is silent, not with a watch", () => {
  const one = machine({ streaming: true });
  assert.equal(one.patienceMs, undefined);
  one.next(1000);
  assert.equal(one.patienceMs, 21_000);
  one.event({ type: "ADDED", object: object("a", "1") }, 5000);
  assert.equal(one.patienceMs, 25_000);
  one.event(endOfList("10"), 6000);
  assert.equal(one.patienceMs, undefined);
});

test("reflectorMachine() reports a bad object and keeps the record it had", () => {
  const one = machine();
  one.next(0);
  const changes = one.page(page([object("a", "poison"), object("b", "1"), { metadata: {} }]), 0);
  assert.deepEqual(changes, [
    { kind: "bad", key: "a", sentence: "poison" },
    { kind: "bad", key: undefined, sentence: "It has no usable name" },
    { kind: "replace", entries: new Map([["b", "1"]]), keep: new Set(["a"]) },
  ]);
  one.next(0);
  const bad = one.event({ type: "MODIFIED", object: object("b", "poison", "11") }, 0);
  assert.deepEqual(bad, { kind: "bad", key: "b", sentence: "poison" });
  const gone = one.event({ type: "DELETED", object: object("b", "poison", "12") }, 0);
  assert.deepEqual(gone, { kind: "remove", key: "b" });
});

test("reflectorMachine() takes an object that is not wanted for one that is not there", () => {
  const one = listed(machine());
  one.next(0);
  const change = one.event({ type: "MODIFIED", object: object("a", undefined, "11") }, 0);
  assert.deepEqual(change, { kind: "remove", key: "a" });
});

test("reflectorMachine() survives whatever a server puts into an event", () => {
  const one = listed(machine());
  one.next(0);
  const strange: readonly unknown[] = [
    null,
    7,
    [],
    {},
    { metadata: null },
    { metadata: [] },
    { metadata: { name: 7 } },
    { metadata: { name: "a/b" } },
    { metadata: { name: "a", namespace: {} } },
    { metadata: { name: "__proto__", resourceVersion: 7 } },
  ];
  for (const type of ["ADDED", "MODIFIED", "DELETED", "BOOKMARK"] as const)
    for (const one_ of strange) one.event({ type, object: one_ }, 0);
  const step = (one.failed(failure("cut"), 0), one.next(1000));
  assert.ok(step.kind === "watch" && step.query.resourceVersion === "10");
});
