import assert from "node:assert/strict";
import { test } from "node:test";
import { logLevels } from "../log.ts";
import { rootLogger } from "./log.ts";

function bench(level: (typeof logLevels)[number]) {
  const lines: Record<string, unknown>[] = [];
  const log = rootLogger("test", level, (line) =>
    lines.push(JSON.parse(line) as Record<string, unknown>),
  );
  return { log, lines };
}

test("rootLogger() writes its level and those above, for each level", () => {
  for (const [i, level] of logLevels.entries()) {
    const { log, lines } = bench(level);
    for (const each of logLevels) log[each]("A sentence");
    assert.deepEqual(
      lines.map((l) => l["level"]),
      logLevels.slice(0, i + 1),
      level,
    );
  }
});

test("rootLogger() writes one JSON line with sentence, program, component and data", () => {
  const { log, lines } = bench("info");
  log.child("ovsdb").child("client").info("Connected", { path: "/x", count: 3 });
  const { time, ...rest } = lines[0] ?? {};
  assert.match(String(time), /^\d{4}-\d\d-\d\dT/);
  assert.deepEqual(rest, {
    level: "info",
    program: "test",
    component: "ovsdb/client",
    path: "/x",
    count: 3,
    msg: "Connected",
  });
});

test("rootLogger() lets children follow a change of level", () => {
  const { log, lines } = bench("error");
  const child = log.child("a");
  child.debug("Not yet");
  log.level = "debug";
  child.debug("Now");
  log.level = "warn";
  child.info("No more");
  assert.deepEqual(
    lines.map((l) => l["msg"]),
    ["Now"],
  );
});

test("rootLogger() writes an error as its sentence with its causes", () => {
  const { log, lines } = bench("warn");
  log.warn("Could not do it", { err: new Error("outer", { cause: new Error("inner") }) });
  assert.equal(lines[0]?.["err"], "outer: inner");
});
