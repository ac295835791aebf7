import assert from "node:assert/strict";
import { test } from "node:test";
import { runSteps, type Step, StepError } from "./steps.ts";
import { useOwnCache } from "./testing/cache.ts";

function recordingStep(title: string, ran: string[], isDone = false): Step {
  return {
    title,
    expectedSeconds: 1,
    isDone: async () => isDone,
    run: async () => void ran.push(title),
  };
}

test("runSteps() runs in order what is not done, and nothing else", async (t) => {
  useOwnCache(t);
  const ran: string[] = [];
  await runSteps([
    recordingStep("one", ran),
    recordingStep("two", ran, true),
    recordingStep("three", ran),
  ]);
  assert.deepEqual(ran, ["one", "three"]);
});

test("runSteps() tells beforehand how many steps there are and how long each may take", async (t) => {
  useOwnCache(t);
  const told: unknown[] = [];
  const progress = (options: unknown) => {
    told.push(options);
    return {
      say() {},
      step: async <T>(title: string, work: (note: (text: string) => void) => T | Promise<T>) => {
        told.push(title);
        return work(() => {});
      },
    };
  };
  await runSteps([recordingStep("one", [], true), recordingStep("two", [])], { progress });
  assert.deepEqual(told, [{ total: 1, expectedSeconds: [1] }, "two"]);
});

test("runSteps() fails with the reason, the end of the log, and what to do", async (t) => {
  useOwnCache(t);
  const failing: Step = {
    title: "one",
    expectedSeconds: 1,
    advice: "Plug it in.",
    isDone: async () => false,
    async run({ log }) {
      for (let i = 1; i <= 30; i++) log(`line ${i}`);
      throw new Error("no power");
    },
  };
  await assert.rejects(runSteps([failing]), (error: unknown) => {
    assert.ok(error instanceof StepError);
    assert.match(error.message, /^"one" failed: no power\n  \| line 11\n/);
    assert.match(error.message, /line 30\nThe whole log: \S+one\.log\nPlug it in\.$/);
    return true;
  });
});

test("runSteps() starts no step once it is aborted", async (t) => {
  useOwnCache(t);
  const ran: string[] = [];
  await assert.rejects(runSteps([recordingStep("one", ran)], { signal: AbortSignal.abort() }), {
    name: "AbortError",
  });
  assert.deepEqual(ran, []);
});

test("runSteps() runs a step again that an earlier one undoes", async (t) => {
  useOwnCache(t);
  const ran: string[] = [];
  const build = recordingStep("build", ran);
  const images = { ...recordingStep("images", ran), isDone: async () => !ran.includes("build") };
  await runSteps([build, images]);
  assert.deepEqual(ran, ["build", "images"]);
});
