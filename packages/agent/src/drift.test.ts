import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "@antrea/base";
import { manualClock } from "@antrea/base/testing";
import { type Kept, keepAsDesired } from "./drift.ts";

/** Parts that differ as often as they are told to, and what was told of them. */
function parts(...names: readonly string[]) {
  const clock = manualClock();
  const end = new AbortController();
  const told: string[] = [];
  const compared: string[] = [];
  const differs = new Map<string, readonly string[] | Error>();
  const rings = new Map<string, () => void>();
  const kept = names.map(
    (name): Kept => ({
      name,
      async compare() {
        compared.push(name);
        const found = differs.get(name) ?? [];
        differs.delete(name);
        if (found instanceof Error) throw found;
        return found;
      },
      follow(onChange) {
        rings.set(name, onChange);
        return () => void rings.delete(name);
      },
    }),
  );
  const report = (name: string, lines: readonly string[]) =>
    void told.push(`${name}: ${lines.join("; ")}`);
  const done = keepAsDesired({ kept, report, clock, log: silentLogger }, end.signal);
  return {
    told,
    compared,
    differs,
    ring: (name: string) => rings.get(name)?.(),
    async pass(ms: number) {
      for (let at = 0; at < ms; at += 100) {
        clock.advance(100);
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    async stop() {
      end.abort();
      await done;
      return rings.size;
    },
  };
}

test("keepAsDesired() tells what it put back within five seconds, also of what tells nobody", async () => {
  const { told, compared, differs, pass, stop } = parts("flows", "host");
  differs.set("host", ["~ sysctl net/ipv4/ip_forward"]);
  await pass(4_800);
  assert.deepEqual(told, ["host: ~ sysctl net/ipv4/ip_forward"]);
  assert.ok(compared.includes("flows"));
  assert.equal(await stop(), 0);
});

test("keepAsDesired() looks at once where something is told to have changed, and then at the rest", async () => {
  const { told, compared, differs, ring, pass, stop } = parts("bridge", "host");
  differs.set("bridge", ["+ Port antrea-gw0"]);
  ring("bridge");
  await pass(1_000);
  assert.deepEqual(told, ["bridge: + Port antrea-gw0"]);
  assert.deepEqual(compared, ["bridge", "host"]);
  await stop();
});

test("keepAsDesired() goes on with the other parts when one cannot be read", async () => {
  const { told, differs, pass, stop } = parts("tunnel routes", "flows");
  differs.set("tunnel routes", new Error("No such device"));
  await pass(4_800);
  differs.set("flows", ["+ table=Output"]);
  differs.set("tunnel routes", ["+ 192.0.2.1"]);
  await pass(4_800);
  assert.deepEqual(told.toSorted(), ["flows: + table=Output", "tunnel routes: + 192.0.2.1"]);
  await stop();
});

test("keepAsDesired() answers a war of edits no faster than a few times a second", async () => {
  const { compared, ring, pass, stop } = parts("flows");
  for (let i = 0; i < 100; i++) {
    ring("flows");
    await pass(100);
  }
  assert.ok(compared.length <= 50, `${compared.length} looks in 10 s`);
  await stop();
});
