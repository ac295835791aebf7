import assert from "node:assert/strict";
import { test } from "node:test";
import { ruleProgress } from "./rule-progress.ts";

test("ruleProgress() tells who waits once all of his rules are confirmed", () => {
  const progress = ruleProgress();
  let count = 0;
  progress.wanted(["a", "b"]);
  progress.whenConfirmed(["a", "b", "c"], () => count++);
  progress.confirmed("a", progress.formOf("a"));
  assert.equal(count, 0);
  progress.confirmed("b", progress.formOf("b"));
  assert.equal(count, 1);
  assert.equal(progress.openCount, 0);
  progress.whenConfirmed(["a"], () => count++);
  assert.equal(count, 2, "nothing is waited for");
});

test("ruleProgress() holds nobody up for a rule that changes again and again", () => {
  const progress = ruleProgress();
  let isTold = false;
  progress.wanted(["a"]);
  const first = progress.formOf("a");
  progress.whenConfirmed(["a"], () => (isTold = true));
  progress.wanted(["a"]);
  progress.confirmed("a", first);
  assert.equal(isTold, true);
  assert.equal(progress.openCount, 1, "the later form is not confirmed");
});

test("ruleProgress() does not take an earlier form for a later one", () => {
  const progress = ruleProgress();
  progress.wanted(["a"]);
  const first = progress.formOf("a");
  progress.wanted(["a"]);
  let isTold = false;
  progress.whenConfirmed(["a"], () => (isTold = true));
  progress.confirmed("a", first);
  assert.equal(isTold, false);
  progress.confirmed("a", progress.formOf("a"));
  assert.equal(isTold, true);
});

test("ruleProgress() knows why a rule was refused until it is wanted anew", () => {
  const progress = ruleProgress();
  progress.wanted(["a", "b"]);
  progress.refused("b", "too large");
  assert.equal(progress.problemOf(["a", "b"]), "too large");
  progress.wanted(["b"]);
  assert.equal(progress.problemOf(["a", "b"]), undefined);
});

test("ruleProgress().whenConfirmed() gives how to wait no more", () => {
  const progress = ruleProgress();
  progress.wanted(["a"]);
  let count = 0;
  progress.whenConfirmed(["a"], () => count++)();
  progress.confirmed("a", progress.formOf("a"));
  assert.equal(count, 0);
});
