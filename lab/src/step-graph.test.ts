import assert from "node:assert/strict";
import { test } from "node:test";
import { stepGraph } from "./step-graph.ts";

const silent = () => ({
  say() {},
  step: async <T>(_title: string, work: (note: (text: string) => void) => T | Promise<T>) =>
    await work(() => {}),
});
const never = new AbortController().signal;

test("stepGraph() runs a step once what it needs is done, and the rest at the same time", async () => {
  const order: string[] = [];
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const graph = stepGraph();
  const slow = graph.add("slow", {
    expectedSeconds: 1,
    work: async () => {
      await opened;
      order.push("slow");
      return 7;
    },
  });
  void graph.add("free", {
    expectedSeconds: 1,
    work: async () => {
      order.push("free");
      open();
    },
  });
  void graph.add("last", {
    expectedSeconds: 1,
    needs: [slow],
    work: async () => void order.push(`last ${await slow}`),
  });
  await graph.run(silent, never);
  assert.deepEqual(order, ["free", "slow", "last 7"]);
});

test("stepGraph() aborts the others at the first failure and throws that one", async () => {
  const graph = stepGraph();
  let aborted = false;
  const wrong = graph.add("wrong", {
    expectedSeconds: 1,
    work: async () => {
      throw new Error("no disk");
    },
  });
  void graph.add("waits", {
    expectedSeconds: 1,
    work: (signal) =>
      new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => {
          aborted = true;
          resolve();
        });
      }),
  });
  let ran = false;
  void graph.add("after", {
    expectedSeconds: 1,
    needs: [wrong],
    work: async () => {
      ran = true;
    },
  });
  await assert.rejects(graph.run(silent, never), /no disk/);
  assert.deepEqual({ aborted, ran }, { aborted: true, ran: false });
});
