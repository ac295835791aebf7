import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { WatchEvent } from "../client.ts";
import { KubeError, type KubeErrorCode } from "../error.ts";
import { indexedStore } from "../store.ts";
import { reflectorMachine, type StoreChange } from "./machine.ts";

/** A server in twenty lines: objects, a history of events, and a compaction of it. */
function modelServer() {
  const objects = new Map<string, number>();
  const history: { readonly version: number; readonly event: WatchEvent }[] = [];
  let version = 100;
  let compacted = 100;
  const objectOf = (name: string, value: number) => ({
    metadata: { name, resourceVersion: String(version) },
    value,
  });
  const note = (type: WatchEvent["type"], name: string, value: number): void => {
    version++;
    history.push({ version, event: { type, object: objectOf(name, value) } });
  };
  return {
    objects,
    write(name: string, value: number): void {
      note(objects.has(name) ? "MODIFIED" : "ADDED", name, value);
      objects.set(name, value);
    },
    remove(name: string): void {
      const value = objects.get(name);
      if (value === undefined) return;
      objects.delete(name);
      note("DELETED", name, value);
    },
    compact: (): void => void (compacted = version),
    version: () => String(version),
    list: () => [...objects].map(([name, value]) => objectOf(name, value)),
    /** The events after `since`; undefined if some of them are forgotten. */
    after: (since: number) =>
      since < compacted
        ? undefined
        : history.filter((one) => one.version > since).map((one) => one.event),
  };
}

const codes: readonly KubeErrorCode[] = ["cut", "server-error", "unreachable", "bad-response"];

const anyAct = fc.oneof(
  fc.record({
    act: fc.constant("write" as const),
    name: fc.constantFrom("a", "b", "c"),
    value: fc.nat(3),
  }),
  fc.record({ act: fc.constant("remove" as const), name: fc.constantFrom("a", "b", "c") }),
  fc.record({ act: fc.constant("compact" as const) }),
  fc.record({ act: fc.constant("fail" as const), code: fc.constantFrom(...codes) }),
  fc.record({ act: fc.constant("step" as const), limit: fc.integer({ min: 0, max: 3 }) }),
);

test("reflectorMachine() comes to the server's state through any failures, and removes on its word only", () => {
  fc.assert(
    fc.property(fc.array(anyAct, { maxLength: 60 }), fc.boolean(), (acts, streaming) => {
      const server = modelServer();
      const everRemoved = new Set<string>();
      const { store, writer } = indexedStore<number>();
      store.onChange((key, _before, after) => {
        if (after === undefined) assert.ok(everRemoved.has(key), `${key} was never removed`);
      });
      const apply = (change: StoreChange<number> | undefined): void => {
        if (change?.kind === "put") writer.put(change.key, change.record);
        else if (change?.kind === "remove") writer.remove(change.key);
        else if (change?.kind === "replace") writer.replace(change.entries, change.keep);
      };
      const machine = reflectorMachine<number>({
        project: (object) => (object as { readonly value: number }).value,
        backOff: { delayMs: () => 10 },
        random: () => 0,
        pageSize: 2,
        streaming,
      });
      let now = 0;
      let snapshot: readonly unknown[] = []; // of the list under way, as a real server keeps it
      let snapshotVersion = "";

      /** One request of the machine, of which the server answers `limit` events before it stops. */
      const step = (limit: number): void => {
        now += 100;
        const next = machine.next(now);
        if (next.kind === "wait") return;
        if (next.kind === "list") {
          const from = Number(next.query.continue ?? 0);
          if (from === 0) {
            snapshot = server.list();
            snapshotVersion = server.version();
          }
          const to = from + (next.query.limit ?? snapshot.length);
          const rest = to < snapshot.length ? String(to) : undefined;
          const items = snapshot.slice(from, to);
          const page = { items, resourceVersion: snapshotVersion, continue: rest };
          for (const change of machine.page(page, now)) apply(change);
          return;
        }
        if (next.query.sendInitialEvents) {
          const initial = server.list();
          for (const object of initial.slice(0, limit)) {
            apply(machine.event({ type: "ADDED", object }, now));
          }
          if (initial.length > limit) return void machine.failed(failure("cut"), now);
          const annotations = { "k8s.io/initial-events-end": "true" };
          const metadata = { resourceVersion: server.version(), annotations };
          apply(machine.event({ type: "BOOKMARK", object: { metadata } }, now));
        } else {
          const events = server.after(Number(next.query.resourceVersion));
          if (events === undefined) return void machine.failed(failure("expired"), now);
          for (const event of events.slice(0, limit)) apply(machine.event(event, now));
        }
        machine.closed(now + 2000);
      };

      for (const one of acts) {
        if (one.act === "write") server.write(one.name, one.value);
        else if (one.act === "compact") server.compact();
        else if (one.act === "step") step(one.limit);
        else if (one.act === "fail") {
          if (machine.next((now += 100)).kind !== "wait") machine.failed(failure(one.code), now);
        } else {
          if (server.objects.has(one.name)) everRemoved.add(one.name);
          server.remove(one.name);
        }
      }
      for (let i = 0; i < 50; i++) step(100);
      assert.deepEqual(new Map(store.entries()), server.objects);
    }),
    { numRuns: 500 },
  );
});

function failure(code: KubeErrorCode): KubeError {
  return new KubeError({ code, asked: "GET x", answer: "no" });
}
