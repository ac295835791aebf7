import assert from "node:assert/strict";
import { test } from "node:test";
import { manualClock } from "@antrea/base/testing";
import type { Note } from "@antrea/kube";
import { fallReporter } from "./report-falls.ts";

test("fallReporter() tells paths that fall together in one Event on the Node, the first by name", async () => {
  const clock = manualClock();
  const notes: Note[] = [];
  const tell = fallReporter({
    node: { name: "node-1", uid: "uid-1" },
    note: (note) => void notes.push(note),
    clock,
    signal: new AbortController().signal,
  });
  for (let i = 2; i < 10; i++) tell(`node-${i}`, "no answer");
  clock.advance(1_000);
  await Promise.resolve();
  const [note, ...more] = notes;
  assert.ok(note && more.length === 0);
  assert.deepEqual(
    [note.type, note.reason, note.regarding.name],
    ["Warning", "PathFellBack", "node-1"],
  );
  assert.match(note.message, /to node-2: no answer; to node-3.*node-7: no answer; and 2 more$/);

  tell("node-2", "no answer");
  clock.advance(1_000);
  await Promise.resolve();
  assert.equal(notes.length, 2);
  assert.doesNotMatch(notes[1]?.message ?? "", /more/);
});
