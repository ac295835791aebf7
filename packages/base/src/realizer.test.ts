import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { changeLog } from "./change-log.ts";
import type { KeyedChange } from "./diff.ts";
import { realizer, type World } from "./realizer.ts";
import { manualClock } from "./testing/index.ts";

interface Entry {
  readonly name: string;
  readonly value: number;
}
const entry = (name: string, value = 0): Entry => ({ name, value });
const options = {
  key: (e: Entry) => e.name,
  equal: (a: Entry, b: Entry) => a.value === b.value,
};

/** A world in memory that counts what is applied and refuses names that begin with "bad". */
function memoryWorld(...initial: Entry[]) {
  const entries = new Map(initial.map((e) => [e.name, e]));
  const applied: KeyedChange<string, Entry>[] = [];
  const world: World<Entry> = {
    observe: async () => [...entries.values()],
    async apply(change) {
      applied.push(change);
      const bad = change.add.find(({ key }) => key.startsWith("bad"));
      if (bad) throw new Error(`${bad.key} is refused`);
      for (const { key, value } of [...change.add, ...change.modify]) entries.set(key, value);
      for (const { key } of change.remove) entries.delete(key);
    },
  };
  return { world, applied, names: () => [...entries.keys()].sort() };
}

test("realizer() applies nothing when the world already is as wanted", async () => {
  const { world, applied } = memoryWorld(entry("a", 1));
  const r = realizer(options, world);
  await r.realize("owner", [entry("a", 1)]);
  assert.equal(applied.length, 0);
});

test("realizer() leaves what nobody owns until it is told to prune", async () => {
  const { world, names } = memoryWorld(entry("old"), entry("a"));
  const r = realizer(options, world);
  await r.realize("owner", [entry("a"), entry("b")]);
  assert.deepEqual(names(), ["a", "b", "old"]);
  const change = await r.resync({ prune: true });
  assert.deepEqual(names(), ["a", "b"]);
  assert.deepEqual(
    change.remove.map(({ key }) => key),
    ["old"],
  );
});

test("realizer() changes a world of another make as one, when it is told to prune", async () => {
  const { world, applied, names } = memoryWorld(entry("old"));
  const isOtherMake = (found: readonly Entry[]) => found.some(({ name }) => name === "old");
  const r = realizer({ ...options, isOtherMake }, world);
  await Promise.all([r.realize("one", [entry("a")]), r.realize("two", [entry("b")])]);
  await r.resync();
  assert.deepEqual(names(), ["old"]);
  await r.resync({ prune: true });
  assert.deepEqual(names(), ["a", "b"]);
  assert.equal(applied.length, 1);
  await r.realize("one", [entry("c")]);
  assert.deepEqual(names(), ["b", "c"]);
});

test("realizer() does not take for what others did what is wanted while it compares", async () => {
  const { world, names } = memoryWorld();
  let during: () => void = () => {};
  async function observe(options: Parameters<typeof world.observe>[0]) {
    const found = await world.observe(options);
    during();
    return found;
  }
  const r = realizer(options, { ...world, observe });
  await r.realize("one", [entry("a")]);
  const late: Promise<void>[] = [];
  during = () => late.push(r.realize("two", [entry("b")]), r.release("one"));
  assert.deepEqual(await r.resync(), { add: [], modify: [], remove: [] });
  await Promise.all(late);
  assert.deepEqual(names(), ["b"]);
});

test("realizer() lets go of many things at once in time that grows as their number does", async () => {
  const { world, names } = memoryWorld();
  const r = realizer({ ...options, merge: ([first]: readonly Entry[]) => first as Entry }, world);
  const owners = Array.from({ length: 20_000 }, (_, i) => `owner-${i}`);
  await Promise.all(owners.map((owner) => r.realize(owner, [entry(owner), entry("shared")])));
  const before = process.cpuUsage();
  await Promise.all(owners.map((owner) => r.release(owner)));
  assert.deepEqual(names(), []);
  assert.ok(
    process.cpuUsage(before).user < 5_000_000,
    "ten times as many took a hundred times as long",
  );
});

test("realizer() prunes only what is its own", async () => {
  const { world, names } = memoryWorld(entry("foreign"), entry("ours", 7));
  const r = realizer({ ...options, owns: ({ value }) => value === 7 }, world);
  await r.resync({ prune: true });
  assert.deepEqual(names(), ["foreign"]);
});

test("realizer() writes down what each owner had changed, and what was refused and why", async () => {
  const { world } = memoryWorld(entry("left over"));
  const clock = manualClock();
  const changes = changeLog(clock);
  const r = realizer({ ...options, kind: "entry", changes }, world);
  const results = Promise.allSettled([
    r.realize("one", [entry("a"), entry("b")]),
    r.realize("two", [entry("bad")]),
  ]);
  clock.advance(5);
  await results;
  await r.release("two");
  await r.release("one");
  await r.resync({ prune: true });

  const told = changes
    .records()
    .map(({ owner, cause, details, outcome, reason = "" }) =>
      [owner, cause, details.join(" "), outcome, reason].join(" | "),
    );
  assert.deepEqual(told, [
    "one | wanted | + a + b | refused | bad is refused", // together with what was refused …
    "two | wanted | + bad | refused | bad is refused",
    "one | wanted | + a + b | confirmed | ", // … and then alone
    "two | wanted | + bad | refused | bad is refused",
    "one | wanted | - a - b | confirmed | ",
    " | found | - left over | confirmed | ",
  ]);
  const [first] = changes.records();
  assert.deepEqual([first?.wantedAt, first?.sentAt], [new Date(0), new Date(5)]);
});

test("realizer() keeps a shared entry until its last owner lets go", async () => {
  const { world, names } = memoryWorld();
  const r = realizer(options, world);
  await r.realize("one", [entry("shared")]);
  await r.realize("two", [entry("shared")]);
  await r.release("one");
  assert.deepEqual(names(), ["shared"]);
  await r.release("two");
  assert.deepEqual(names(), []);
});

test("realizer() sends changes that wait together in one go", async () => {
  const { world, applied } = memoryWorld();
  const r = realizer(options, world);
  await Promise.all(["a", "b", "c"].map((name) => r.realize(name, [entry(name)])));
  assert.equal(applied.length, 1);
  assert.equal(applied[0]?.add.length, 3);
});

test("realizer() tells only the owner whose entry is refused", async () => {
  const { world, names } = memoryWorld();
  const r = realizer(options, world);
  const results = await Promise.allSettled([
    r.realize("good", [entry("good")]),
    r.realize("bad", [entry("bad")]),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ["fulfilled", "rejected"],
  );
  assert.deepEqual(names(), ["good"]);
});

/** Changes it all or nothing, and says which names it refuses. */
function tellingWorld(...initial: Entry[]) {
  const { world, applied, names } = memoryWorld(...initial);
  const refusedIn = (error: unknown) => String(error).match(/bad\S*/g) ?? [];
  return { world: { ...world, refusedIn }, applied, names };
}

test("realizer() applies as one what waits together, without those whose entries are refused", async () => {
  const { world, applied, names } = tellingWorld();
  const r = realizer(options, world);
  const owners = ["good", "bad-1", "better", "bad-2"];
  const results = await Promise.allSettled(owners.map((name) => r.realize(name, [entry(name)])));
  assert.deepEqual(
    results.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled", "rejected"],
  );
  assert.deepEqual(names(), ["better", "good"]);
  assert.equal(applied.length, 3, "with all, without the one, without both");
});

test("realizer() leaves to who is refused what he had before, also when it prunes", async () => {
  const { world, names } = tellingWorld(entry("left over"));
  const r = realizer(options, world);
  await r.realize("owner", [entry("old")]);
  await assert.rejects(r.realize("owner", [entry("bad")]));
  await r.resync({ prune: true });
  assert.deepEqual(names(), ["old"]);
  await r.release("owner");
  assert.deepEqual(names(), []);
});

test("realizer() puts back an emptied world but for what it refuses, and tells whose that is", async () => {
  const { world, names } = tellingWorld(entry("bad"), entry("a"));
  const told: string[] = [];
  const onRefused = (owner: string, error: unknown) => void told.push(`${owner}: ${String(error)}`);
  const r = realizer({ ...options, onRefused }, world);
  await Promise.all([r.realize("one", [entry("a")]), r.realize("two", [entry("bad")])]);
  const empty = { add: [], modify: [] };
  const remove = ["a", "bad"].map((key) => ({ key, before: entry(key) }));
  await world.apply({ ...empty, remove });
  const { add } = await r.resync();
  assert.deepEqual([add.map(({ key }) => key), names()], [["a"], ["a"]]);
  assert.deepEqual(told, ["two: Error: bad is refused"]);
});

test("realizer() asks once, where all failed for another reason than a refusal", async () => {
  const { world, applied } = tellingWorld();
  const r = realizer(options, { ...world, refusedIn: () => [] });
  const all = ["bad", "a", "b"].map((name) => r.realize(name, [entry(name)]));
  for (const { status } of await Promise.allSettled(all)) assert.equal(status, "rejected");
  assert.equal(applied.length, 1);
});

test("realizer() keeps what is there of an owner who may not come yet, and adds nothing of his", async () => {
  const { world, names } = memoryWorld(entry("here"));
  let isOpen = false;
  const r = realizer({ ...options, mayCome: (owner) => isOpen || owner !== "pod" }, world);
  await Promise.all([
    r.realize("pod", [entry("here"), entry("new")]),
    r.realize("node", [entry("a")]),
  ]);
  await r.resync({ prune: true });
  assert.deepEqual(names(), ["a", "here"]);
  isOpen = true;
  await r.resync();
  assert.deepEqual(names(), ["a", "here", "new"]);
});

test("realizer() puts back what was changed by hand, and says what it was", async () => {
  const { world } = memoryWorld();
  const r = realizer(options, world);
  await r.realize("owner", [entry("a", 1), entry("b", 1)]);
  await world.apply({
    add: [],
    modify: [{ key: "a", before: entry("a", 1), value: entry("a", 2) }],
    remove: [{ key: "b", before: entry("b", 1) }],
  });
  const change = await r.resync();
  assert.deepEqual(
    change.modify.map(({ key }) => key),
    ["a"],
  );
  assert.deepEqual(
    change.add.map(({ key }) => key),
    ["b"],
  );
});

test("realizer() ends at the same world in whatever order owners come and go", async () => {
  const step = fc.record({
    owner: fc.constantFrom("x", "y", "z"),
    names: fc.uniqueArray(fc.constantFrom("a", "b", "c", "d")),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const { world, names } = memoryWorld(entry("left-over"));
      const r = realizer(options, world);
      const last = new Map<string, readonly string[]>();
      for (const { owner, names: wanted } of steps) {
        await r.realize(
          owner,
          wanted.map((name) => entry(name)),
        );
        last.set(owner, wanted);
      }
      await r.resync({ prune: true });
      assert.deepEqual(names(), [...new Set([...last.values()].flat())].sort());
    }),
  );
});

test("realizer() takes away what was let go of while it was being added", async () => {
  const { world, names } = memoryWorld();
  const began = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const r = realizer(options, {
    ...world,
    async apply(change) {
      began.resolve();
      await end.promise;
      await world.apply(change);
    },
  });
  const added = r.realize("owner", [entry("a")]);
  await began.promise;
  const released = r.release("owner");
  end.resolve();
  await Promise.all([added, released]);
  assert.deepEqual(names(), []);
});

test("realizer() makes the world as it is wanted at last, whatever is asked for while changes are under way", async () => {
  const step = fc.record({
    owner: fc.constantFrom("x", "y", "z"),
    names: fc.uniqueArray(fc.constantFrom("a", "b", "c", "d")),
    turns: fc.nat(6),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.nat(6), async (steps, slowness) => {
      const { world, names } = memoryWorld();
      const apply = async (change: KeyedChange<string, Entry>) => {
        await turns(slowness);
        await world.apply(change);
      };
      const r = realizer(options, { ...world, apply });
      const last = new Map<string, readonly string[]>();
      const asked: Promise<void>[] = [];
      for (const { owner, names: wanted, turns: pause } of steps) {
        const values = wanted.map((name) => entry(name));
        asked.push(r.realize(owner, values));
        last.set(owner, wanted);
        await turns(pause);
      }
      await Promise.all(asked);
      assert.deepEqual(names(), [...new Set([...last.values()].flat())].sort());
    }),
  );
});

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve();
}

test("realizer() foretells what it would change, and keeps nothing of the question", async () => {
  const step = fc.record({
    owner: fc.constantFrom("x", "y", "z"),
    names: fc.uniqueArray(fc.constantFrom("a", "b", "c", "d")),
    value: fc.nat(2),
  });
  const first = ([value]: readonly Entry[]) => value as Entry;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 8 }),
      fc.array(step, { maxLength: 3 }),
      async (before, asked) => {
        const { world, applied } = memoryWorld(entry("a", 1), entry("left-over"));
        const r = realizer({ ...options, merge: first }, world);
        const wish = ({ names, value }: (typeof before)[number]) =>
          names.map((name) => entry(name, value));
        for (const one of before) await r.realize(one.owner, wish(one));
        await r.resync();
        const wishes = new Map(asked.map((one) => [one.owner, wish(one)]));
        const foretold = r.preview(wishes);
        assert.deepEqual(r.preview(new Map()), { add: [], modify: [], remove: [] });
        applied.length = 0;
        await Promise.all([...wishes].map(([owner, wanted]) => r.realize(owner, wanted)));
        const sent = applied[0] ?? { add: [], modify: [], remove: [] };
        assert.deepEqual(sorted(foretold), sorted(sent));
      },
    ),
  );
});

function sorted({ add, modify, remove }: KeyedChange<string, Entry>) {
  const byKey = (a: { readonly key: string }, b: { readonly key: string }) =>
    a.key < b.key ? -1 : 1;
  return {
    add: [...add].sort(byKey),
    modify: [...modify].sort(byKey),
    remove: [...remove].sort(byKey),
  };
}
