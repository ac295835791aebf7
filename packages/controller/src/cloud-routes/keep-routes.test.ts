import assert from "node:assert/strict";
import { test } from "node:test";
import { type NodeView, parseNode } from "@antrea/api";
import { exponentialBackOff, silentLogger } from "@antrea/base";
import { manualClock } from "@antrea/base/testing";
import { indexedStore } from "@antrea/kube";
import { type Cidr, parseCidr } from "@antrea/net";
import { keepRoutes, type RoutesReport } from "./keep-routes.ts";
import type { CloudRoute, RouteProvider } from "./provider.ts";

const cidr = (text: string): Cidr => parseCidr(text) ?? assert.fail(text);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function node(n: number): NodeView {
  const podCIDR = `10.244.${n}.0/24`;
  const object = { metadata: { name: `node-${n}`, uid: `${n}` }, spec: { podCIDR } };
  return parseNode(object)?.node ?? assert.fail();
}

/** A table in memory, which may refuse a destination. */
function tableProvider(refused?: string) {
  const table = new Map<Cidr, CloudRoute>();
  const provider: RouteProvider = {
    targetOf: ({ name }) => name,
    list: async () => [...table.values()],
    async put({ destination, target }) {
      if (destination === refused) throw new Error("RouteLimitExceeded: the table is full");
      table.set(destination, { destination, target, isOurs: true });
    },
    remove: async ({ destination }) => void table.delete(destination),
  };
  return { table, provider };
}

function keeping(provider: RouteProvider, isDryRun: boolean) {
  const { store, writer } = indexedStore<NodeView>();
  const clock = manualClock();
  const stop = new AbortController();
  let report: RoutesReport | undefined;
  const running = keepRoutes(
    {
      ...{ provider, nodes: store, networks: [cidr("10.244.0.0/16")], isDryRun, clock },
      report: (next) => void (report = next),
      backOff: exponentialBackOff({ firstMs: 1_000, maxMs: 1_000, random: () => 0 }),
      log: silentLogger,
    },
    stop.signal,
  );
  return {
    writer,
    async after(ms: number): Promise<RoutesReport | undefined> {
      for (let passed = 0; passed <= ms; passed += 1_000) {
        await turn();
        clock.advance(1_000);
        await turn();
      }
      return report;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

test("keepRoutes() follows Nodes as they come and go, and mends within a minute what others change", async () => {
  const { table, provider } = tableProvider();
  await using kept = keeping(provider, false);
  kept.writer.put("node-1", node(1));
  kept.writer.put("node-2", node(2));
  assert.deepEqual(await kept.after(3_000), { isDryRun: false, steps: [], problems: [] });
  assert.deepEqual([...table.keys()], ["10.244.1.0/24", "10.244.2.0/24"]);
  kept.writer.remove("node-1");
  await kept.after(3_000);
  assert.deepEqual([...table.keys()], ["10.244.2.0/24"]);
  table.clear();
  await kept.after(62_000);
  assert.deepEqual([...table.keys()], ["10.244.2.0/24"]);
});

test("keepRoutes() says in a dry run what it would do, and does nothing", async () => {
  const { table, provider } = tableProvider();
  await using kept = keeping(provider, true);
  kept.writer.put("node-1", node(1));
  const report = await kept.after(3_000);
  assert.deepEqual(report?.steps, ["add 10.244.1.0/24 via node-1 (node-1)"]);
  assert.equal(table.size, 0);
});

test("keepRoutes() goes on with the other Nodes where the cloud refuses one, and says why", async () => {
  const { table, provider } = tableProvider("10.244.1.0/24");
  await using kept = keeping(provider, false);
  for (const n of [1, 2]) kept.writer.put(`node-${n}`, node(n));
  const report = await kept.after(3_000);
  assert.deepEqual([...table.keys()], ["10.244.2.0/24"]);
  assert.match(report?.problems.join() ?? "", /RouteLimitExceeded: the table is full/);
});
