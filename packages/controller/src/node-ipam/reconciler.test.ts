import assert from "node:assert/strict";
import { test } from "node:test";
import type { NodeView } from "@antrea/api";
import { silentLogger } from "@antrea/base";
import { indexedStore, type Note, type StoreWriter } from "@antrea/kube";
import { type Cidr, cidrsOverlap } from "@antrea/net";
import fc from "fast-check";
import type { ClaimRecord } from "../cluster/records.ts";
import type { Pool } from "./block-table.ts";
import { type FakeServer, fakeServer, type ServerEvent } from "../testing/fake-server.ts";
import { type NodeIpam, nodeIpam } from "./reconciler.ts";
import { ipamState } from "./state.ts";

const signal = new AbortController().signal;
const smallPool: Pool = { network: "10.0.0.0/21" as Cidr, prefixLength: 24, reserved: [] };

interface Controller {
  readonly ipam: NodeIpam;
  readonly notes: readonly Note[];
  /** Tells it the next event of one watch that it has not heard of. */
  hear(watch: "nodes" | "claims"): void;
  hearAll(): void;
}

/** A controller with a view of its own that lags behind the server as the test likes. */
function controller(
  server: FakeServer,
  { pools = [smallPool], pause = () => Promise.resolve() } = {},
): Controller {
  const nodes = indexedStore<NodeView>();
  const claims = indexedStore<ClaimRecord, "node">({
    indexes: { node: ({ nodeName }) => [nodeName] },
  });
  const state = ipamState(pools, nodes.store, claims.store);
  const notes: Note[] = [];
  const api = server.api(pause);
  const note = (one: Note): void => void notes.push(one);
  const ipam = nodeIpam({ state, api, note, log: silentLogger });
  const watches = {
    nodes: reader(server.nodeEvents, nodes.writer),
    claims: reader(server.claimEvents, claims.writer),
  };
  return {
    ipam,
    notes,
    hear: (watch) => void watches[watch](),
    hearAll() {
      while (watches.nodes() || watches.claims());
    },
  };
}

/** Writes one event after the other into a store; false once there is none. */
function reader<R>(events: readonly ServerEvent<R>[], writer: StoreWriter<R>): () => boolean {
  let heard = 0;
  return () => {
    const event = events[heard];
    if (!event) return false;
    heard += 1;
    if (event.object === undefined) writer.remove(event.name);
    else writer.put(event.name, event.object);
    return true;
  };
}

test("nodeIpam() gives each Node the first free block, and claims it for the Node", async () => {
  const server = fakeServer();
  const one = controller(server);
  for (const name of ["a", "b"]) {
    server.addNode(name);
    one.hearAll();
    await one.ipam.reconcile(name, signal);
  }
  assert.deepEqual(server.podCidrs(), { a: ["10.0.0.0/24"], b: ["10.0.1.0/24"] });
  assert.deepEqual(server.claimed(), { "10.0.0.0-24": "a", "10.0.1.0-24": "b" });
});

test("nodeIpam() gives one block of each family at once", async () => {
  const server = fakeServer();
  const ipv6: Pool = { network: "fd00::/56" as Cidr, prefixLength: 64, reserved: [] };
  const one = controller(server, { pools: [smallPool, ipv6] });
  server.addNode("a");
  one.hearAll();
  await one.ipam.reconcile("a", signal);
  assert.deepEqual(server.podCidrs(), { a: ["10.0.0.0/24", "fd00::/64"] });
});

test("nodeIpam() leaves a Node alone that has a Pod CIDR, and claims it before giving out others", async () => {
  const server = fakeServer();
  server.addNode("old", ["10.0.0.0/24"] as Cidr[]);
  server.addNode("new");
  const one = controller(server);
  one.hearAll();
  await one.ipam.reconcile("new", signal);
  assert.deepEqual(server.podCidrs(), { old: ["10.0.0.0/24"], new: ["10.0.1.0/24"] });
  assert.equal(server.claimed()["10.0.0.0-24"], "old");
});

test("nodeIpam() frees a block when its Node is gone, and not while it may come back", async () => {
  const server = fakeServer();
  const one = controller(server);
  server.addNode("a");
  one.hearAll();
  await one.ipam.reconcile("a", signal);

  server.removeNode("a");
  one.hearAll();
  await one.ipam.reconcile("a", signal);
  one.hearAll();
  assert.deepEqual(server.claimed(), {});

  server.addNode("b");
  one.hearAll();
  await one.ipam.reconcile("b", signal);
  assert.deepEqual(server.podCidrs(), { b: ["10.0.0.0/24"] });
});

test("nodeIpam() does not free a claim on hearsay: the Node may be newer than what it knows", async () => {
  const server = fakeServer();
  const slow = controller(server);
  const quick = controller(server);
  server.addNode("a");
  quick.hearAll();
  await quick.ipam.reconcile("a", signal);
  slow.hear("claims"); // and not of the Node yet
  await slow.ipam.reconcile("a", signal);
  assert.deepEqual(server.claimed(), { "10.0.0.0-24": "a" });
});

test("nodeIpam() says once that no block is left, and goes on when one is", async () => {
  const server = fakeServer();
  const one = controller(server);
  const names = Array.from({ length: 9 }, (_, i) => `n${i}`);
  for (const name of names) server.addNode(name);
  for (const name of [...names, "n8", "n8"]) {
    one.hearAll();
    await one.ipam.reconcile(name, signal);
  }
  assert.deepEqual([...one.ipam.waiting], ["n8"]);
  assert.deepEqual(
    one.notes.map(({ reason, regarding }) => [reason, regarding.name]),
    [["CIDRNotAvailable", "n8"]],
  );
  assert.match(one.notes[0]?.message ?? "", /all 8 blocks of \/24 in 10\.0\.0\.0\/21 are taken/);

  server.removeNode("n3");
  one.hearAll();
  await one.ipam.reconcile("n3", signal);
  one.hearAll();
  await one.ipam.reconcile("n8", signal);
  assert.deepEqual(server.podCidrs()["n8"], ["10.0.3.0/24"]);
  assert.equal(one.ipam.waiting.size, 0);
});

test("nodeIpam() takes up the claim of a predecessor that died before it set the block", async () => {
  const server = fakeServer();
  const node = server.addNode("a");
  await server.api(() => Promise.resolve()).createClaim(node, "10.0.5.0/24" as Cidr, { signal });
  const one = controller(server);
  one.hearAll();
  await one.ipam.reconcile("a", signal);
  assert.deepEqual(server.podCidrs(), { a: ["10.0.5.0/24"] });
});

const anyStep = fc.oneof(
  fc.record({ kind: fc.constant("add" as const), node: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ kind: fc.constant("remove" as const), node: fc.integer({ min: 0, max: 3 }) }),
  fc.record({
    kind: fc.constant("reconcile" as const),
    node: fc.integer({ min: 0, max: 3 }),
    who: fc.integer({ min: 0, max: 1 }),
  }),
  fc.record({
    kind: fc.constant("hear" as const),
    watch: fc.constantFrom("nodes" as const, "claims" as const),
    count: fc.integer({ min: 1, max: 6 }),
    who: fc.integer({ min: 0, max: 1 }),
  }),
);

test("nodeIpam() never gives a block twice, whatever two leaders do and however late they hear", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyStep, { minLength: 10, maxLength: 80 }),
      fc.scheduler(),
      async (steps, scheduler) => {
        const server = fakeServer({ onAssign: (held) => assertDisjoint(held) });
        const pause = (): Promise<void> => scheduler.schedule(Promise.resolve());
        const leaders = [controller(server, { pause }), controller(server, { pause })] as const;
        const turns = leaders.map(() => Promise.resolve());
        const run = scheduler.waitFor(
          (async () => {
            for (const step of steps) {
              await scheduler.schedule(Promise.resolve());
              if (step.kind === "add") server.addNode(`n${step.node}`);
              if (step.kind === "remove") server.removeNode(`n${step.node}`);
              if (step.kind === "hear")
                for (let i = 0; i < step.count; i++) leaders[step.who]?.hear(step.watch);
              if (step.kind === "reconcile")
                turns[step.who] = (turns[step.who] ?? Promise.resolve())
                  .then(() => leaders[step.who]?.ipam.reconcile(`n${step.node}`, signal))
                  .catch(unlessBehind);
            }
            await Promise.all(turns);
          })(),
        );
        await run;
        assertDisjoint(server.podCidrs());
        await assertSettles(server);
      },
    ),
    { numRuns: 300 },
  );
});

/** A leader that is too far behind says so; its worker would try again. */
function unlessBehind(error: unknown): void {
  assert.match(String(error), /is behind the server/);
}

/** A new leader that knows everything gives every Node its block: nothing was lost on the way. */
async function assertSettles(server: FakeServer): Promise<void> {
  const heir = controller(server);
  const names = Array.from({ length: 4 }, (_, i) => `n${i}`);
  for (const name of [...names, ...names]) {
    heir.hearAll();
    await heir.ipam.reconcile(name, signal);
  }
  const held = server.podCidrs();
  for (const [name, cidrs] of Object.entries(held)) assert.equal(cidrs.length, 1, name);
  assert.equal(Object.keys(server.claimed()).length, Object.keys(held).length);
  assertDisjoint(held);
}

function assertDisjoint(held: Readonly<Record<string, readonly Cidr[]>>): void {
  const all = Object.values(held).flat();
  for (const [i, a] of all.entries())
    for (const b of all.slice(i + 1)) assert.ok(!cidrsOverlap(a, b), JSON.stringify(held));
}
