import assert from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import { test } from "node:test";
import { HostError } from "../host/error.ts";
import { testNamespace } from "../testing/namespace.ts";
import { inNamespace } from "./namespace.ts";
import { run } from "./run.ts";

const where = () => readlinkSync("/proc/thread-self/ns/net");

test("inNamespace() runs its body there and comes back", () => {
  using ns = testNamespace();
  const home = where();

  const inside = inNamespace(ns.path, () => ({ at: where(), devices: devices() }));

  assert.notEqual(inside.at, home);
  assert.deepEqual(inside.devices, ["lo"]);
  assert.equal(where(), home);
});

test("inNamespace() comes back when its body throws", () => {
  using ns = testNamespace();
  const home = where();

  assert.throws(
    () =>
      inNamespace(ns.path, () => {
        throw new RangeError("inside");
      }),
    RangeError,
  );
  assert.equal(where(), home);
});

test("inNamespace() can be nested, each level coming back to the one around it", () => {
  using node = testNamespace();
  using pod = testNamespace();

  const seen = inNamespace(node.path, () => {
    const before = where();
    const within = inNamespace(pod.path, where);
    return { before, within, after: where() };
  });

  assert.equal(seen.after, seen.before);
  assert.notEqual(seen.within, seen.before);
});

test("inNamespace() refuses a path without namespace and stays", () => {
  const home = where();

  assert.throws(
    () => inNamespace("/run/netns/antlx-none", where),
    (error) => error instanceof HostError && error.problem.code === "no-namespace",
  );
  assert.equal(where(), home);
});

test("inNamespace() leaves no descriptor open", () => {
  using ns = testNamespace();
  inNamespace(ns.path, where);
  const before = readdirSync("/proc/self/fd").length;

  for (let i = 0; i < 200; i++) inNamespace(ns.path, where);

  assert.equal(readdirSync("/proc/self/fd").length, before);
});

test("inNamespace() takes no asynchronous body", () => {
  // @ts-expect-error: what ran during the wait would run in the wrong namespace
  void (() => inNamespace("/run/netns/x", async () => {}));
});

test("run() starts a program inside the namespace while we stay outside", async () => {
  using ns = testNamespace();
  const home = where();

  const { stdout } = await run("ip", ["-br", "link"], { netnsPath: ns.path });

  assert.match(stdout, /^lo\s+DOWN/);
  assert.equal(stdout.trim().split("\n").length, 1);
  assert.equal(where(), home);
});

/** By /proc of this thread, since /proc/self is of the process' first one. */
function devices(): readonly string[] {
  return readdirSync("/proc/thread-self/net/dev_snmp6").toSorted();
}
