import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { type LogData, type Logger, silentLogger } from "@antrea/base";
import type { KubeObject } from "../object.ts";
import { resource } from "../resource.ts";
import {
  answerJson,
  answerStatus,
  fastClock,
  type ScriptedServer,
  type SeenRequest,
  scriptedServer,
  watchLine,
} from "../testing/scripted-server.ts";
import { kubeClient } from "./client.ts";
import { type Reflector, reflector } from "./reflector.ts";

type Thing = KubeObject & { readonly value?: number };
const things = resource<Thing>("example.org/v1", "Thing", "things", "cluster");

const thing = (name: string, value: number, version: number): Thing => ({
  metadata: { name, resourceVersion: String(version) },
  value,
});
const list = (items: readonly Thing[], version: number, next = ""): object => ({
  metadata: { resourceVersion: String(version), continue: next },
  items,
});

type Answer = (answer: ServerResponse, request: SeenRequest) => void;

/** Answers lists by one row of answers and watches by another; beyond the last, it leaves the watch open. */
async function world(lists: readonly Answer[], watches: readonly Answer[] = [], streaming = false) {
  const left = { list: [...lists], watch: [...watches] };
  const server = await scriptedServer((request, answer) => {
    const kind = request.query["watch"] ? "watch" : "list";
    const next = left[kind].shift();
    if (next) next(answer, request);
    else if (kind === "watch") answer.writeHead(200).flushHeaders();
    else answerStatus(answer, 500, "NoMoreLists");
  });
  const clock = fastClock(20);
  const warnings: (LogData | undefined)[] = [];
  const log: Logger = { ...silentLogger, warn: (_sentence, data) => void warnings.push(data) };
  const client = kubeClient(server.access, { log: silentLogger, clock, userAgent: "test" });
  const one = reflector({
    client,
    resource: things,
    streaming,
    log,
    clock,
    project(object) {
      if (object.value === -1) throw new Error("value must not be negative");
      return object.value;
    },
  });
  const deletions: string[] = [];
  one.store.onChange((key, _before, after) => {
    if (after === undefined) deletions.push(key);
  });
  return {
    server,
    reflector: one,
    warnings,
    deletions,
    start: () => one.start(AbortSignal.timeout(10_000)),
    async [Symbol.asyncDispose]() {
      await one.stop();
      client.close();
      await server.stop();
    },
  };
}

const seen = (server: ScriptedServer, kind: "list" | "watch"): readonly SeenRequest[] =>
  server.seen.filter((request) => (request.query["watch"] ? "watch" : "list") === kind);

const entries = (one: Reflector<number>): Record<string, number> =>
  Object.fromEntries(one.store.entries());

/** Resolves when `key` has `value`: the reflector has come so far. */
const until = (one: Reflector<number>, key: string, value: number): Promise<unknown> =>
  one.store.waitFor((store) => store.get(key) === value, { signal: AbortSignal.timeout(10_000) });

test("reflector() resumes a watch that was cut inside an event, and nothing looks deleted", async () => {
  await using w = await world(
    [(answer) => answerJson(answer, 200, list([thing("a", 1, 5), thing("b", 1, 6)], 10))],
    [
      (answer) => {
        const half = watchLine("DELETED", thing("b", 1, 12)).slice(0, 30);
        answer.write(watchLine("MODIFIED", thing("a", 2, 11)) + half, () => answer.destroy());
      },
      (answer) => answer.write(watchLine("ADDED", thing("c", 3, 13))),
    ],
  );
  await w.start();
  await until(w.reflector, "c", 3);
  assert.deepEqual(entries(w.reflector), { a: 2, b: 1, c: 3 });
  assert.deepEqual(w.deletions, []);
  assert.equal(seen(w.server, "list").length, 1);
  const versions = seen(w.server, "watch").map(({ query }) => query["resourceVersion"]);
  assert.deepEqual(versions, ["10", "11"]);
});

test("reflector() asks for bookmarks, and resumes from the last one", async () => {
  const bookmark = { metadata: { resourceVersion: "50" } };
  await using w = await world(
    [(answer) => answerJson(answer, 200, list([], 10))],
    [
      (answer) => answer.end(watchLine("BOOKMARK", bookmark)),
      (answer) => answer.write(watchLine("ADDED", thing("a", 1, 51))),
    ],
  );
  await w.start();
  await until(w.reflector, "a", 1);
  const [first, second] = seen(w.server, "watch");
  assert.equal(first?.query["allowWatchBookmarks"], "true");
  assert.equal(second?.query["resourceVersion"], "50");
});

for (const [how, expire] of [
  [
    "in the stream",
    (answer: ServerResponse) => {
      const status = { kind: "Status", code: 410, reason: "Expired", message: "too old" };
      answer.end(watchLine("ERROR", status));
    },
  ],
  ["as the answer", (answer: ServerResponse) => answerStatus(answer, 410, "Expired")],
] as const)
  test(`reflector() swaps the store at once after 410 ${how}`, async () => {
    await using w = await world(
      [
        (answer) => answerJson(answer, 200, list([thing("a", 1, 5), thing("b", 1, 6)], 10)),
        (answer) => answerJson(answer, 200, list([thing("b", 2, 19)], 20, "more")),
        (answer) => answerJson(answer, 200, list([thing("c", 1, 18)], 20)),
      ],
      [expire],
    );
    const sizes: number[] = [];
    w.reflector.store.onChange(() => sizes.push(w.reflector.store.size));
    await w.start();
    await until(w.reflector, "c", 1);
    assert.deepEqual(entries(w.reflector), { b: 2, c: 1 });
    assert.deepEqual(w.deletions, ["a"]);
    assert.ok(
      sizes.every((size) => size === 2),
      "no half-filled store was ever seen",
    );
  });

test("reflector() starts the list over when a continue token has expired", async () => {
  await using w = await world([
    (answer) => answerJson(answer, 200, list([thing("old", 1, 5)], 10, "token")),
    (answer) => answerStatus(answer, 410, "Expired"),
    (answer) => answerJson(answer, 200, list([thing("new", 1, 15)], 20)),
  ]);
  await w.start();
  assert.deepEqual(entries(w.reflector), { new: 1 });
  const limits = seen(w.server, "list").map(({ query }) => query["limit"]);
  assert.deepEqual(limits, ["500", "500", undefined]);
});

test("reflector() gets through refusals of every kind, and keeps what it knew", async () => {
  const trouble: readonly Answer[] = [
    (answer) => answerStatus(answer, 500, "InternalError"),
    (answer) => answerStatus(answer, 401, "Unauthorized"),
    (answer) => answerStatus(answer, 403, "Forbidden"),
    (answer) => answerJson(answer, 429, {}, { "retry-after": "1" }),
    (answer) => answer.destroy(),
    (answer) => answer.end(),
  ];
  await using w = await world(
    [(answer) => answerJson(answer, 200, list([thing("a", 1, 5)], 10))],
    [...trouble, (answer) => answer.write(watchLine("ADDED", thing("b", 1, 11)))],
  );
  await w.start();
  await until(w.reflector, "b", 1);
  assert.deepEqual(w.deletions, []);
  assert.equal(seen(w.server, "watch").length, trouble.length + 1);
  assert.equal(w.reflector.health.isConnected, true);
  assert.equal(w.reflector.health.lastError, undefined);
  assert.ok(w.warnings.length >= 3);
});

test("reflector() lists again when a watch talks nonsense", async () => {
  await using w = await world(
    [
      (answer) => answerJson(answer, 200, list([thing("a", 1, 5)], 10)),
      (answer) => answerJson(answer, 200, list([thing("a", 2, 15)], 20)),
    ],
    [(answer) => answer.end(`${watchLine("MODIFIED", thing("a", 7, 11))}<html>\n`)],
  );
  await w.start();
  await until(w.reflector, "a", 2);
  assert.deepEqual(w.deletions, []);
});

test("reflector() waits for its first list as long as the server is in trouble", async () => {
  await using w = await world([
    (answer) => answer.destroy(),
    (answer) => answer.end("<html>a proxy says hello</html>"),
    (answer) => answerJson(answer, 200, { kind: "Nothing" }),
    (answer) => answerJson(answer, 200, list([thing("a", 1, 5)], 10)),
  ]);
  await w.start();
  assert.deepEqual(entries(w.reflector), { a: 1 });
});

test("reflector() reports an object that it cannot read, and goes on with the others", async () => {
  await using w = await world(
    [(answer) => answerJson(answer, 200, list([thing("bad", -1, 5), thing("good", 1, 6)], 10))],
    [
      (answer) => {
        answer.write(watchLine("MODIFIED", thing("good", -1, 11)));
        answer.write(watchLine("ADDED", thing("late", 1, 12)));
      },
    ],
  );
  await w.start();
  await until(w.reflector, "late", 1);
  assert.deepEqual(entries(w.reflector), { good: 1, late: 1 });
  assert.deepEqual(
    w.warnings.map((data) => [data?.["key"], data?.["sentence"]]),
    [
      ["bad", "value must not be negative"],
      ["good", "value must not be negative"],
    ],
  );
});

const endOfList = (version: number): string => {
  const annotations = { "k8s.io/initial-events-end": "true" };
  return watchLine("BOOKMARK", { metadata: { resourceVersion: String(version), annotations } });
};

test("reflector() fills its store from one stream where the server has it", async () => {
  await using w = await world(
    [],
    [
      (answer) => {
        answer.write(watchLine("ADDED", thing("a", 1, 5)) + endOfList(10));
        answer.write(watchLine("ADDED", thing("b", 1, 11)));
      },
    ],
    true,
  );
  await w.start();
  await until(w.reflector, "b", 1);
  const [request] = w.server.seen;
  assert.equal(request?.query["sendInitialEvents"], "true");
  assert.equal(request?.query["resourceVersionMatch"], "NotOlderThan");
  assert.equal(w.server.seen.length, 1);
});

test("reflector() turns to pages when a server refuses streaming lists or falls silent", async () => {
  const refusals: readonly Answer[] = [
    (answer) => answerStatus(answer, 422, "Invalid"),
    (answer) => answer.write(watchLine("ADDED", thing("never-complete", 1, 5))),
  ];
  for (const refuse of refusals) {
    await using w = await world(
      [(answer) => answerJson(answer, 200, list([thing("a", 1, 5)], 10))],
      [refuse],
      true,
    );
    await w.start();
    assert.deepEqual(entries(w.reflector), { a: 1 });
    assert.deepEqual(w.warnings, []);
  }
});

test("reflector() keeps an idle watch open", async () => {
  await using w = await world(
    [(answer) => answerJson(answer, 200, list([], 10))],
    [
      (answer) => {
        answer.writeHead(200).flushHeaders();
        setTimeout(() => answer.write(watchLine("ADDED", thing("late", 1, 11))), 2500); // 50 s of its clock
      },
    ],
  );
  await w.start();
  await until(w.reflector, "late", 1);
  assert.equal(seen(w.server, "watch").length, 1);
});

test("Reflector.start() ends with its signal, stop() ends everything, also twice, and there is no second start", async () => {
  await using w = await world([]);
  await assert.rejects(w.reflector.start(AbortSignal.timeout(50)), { name: "TimeoutError" });
  await w.reflector.stop();
  await w.reflector.stop();
  await assert.rejects(w.start(), { name: "AbortError" });
});
