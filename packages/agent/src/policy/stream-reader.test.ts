import assert from "node:assert/strict";
import { test } from "node:test";
import type { WatchEvent } from "@antrea/kube";
import type { AddressGroup, Mark } from "@antrea/policy";
import {
  addressGroupKind,
  addressGroupPatchKind,
  bookmark,
  type GroupPatch,
} from "@antrea/policy/controlplane";
import { member } from "../testing/policies.ts";
import { streamReader } from "./stream-reader.ts";

/** A sink that writes down what it is told. */
function bench({ knows = true } = {}) {
  const told: string[] = [];
  const text = ({ counter, count }: Mark): string => `${counter}.${count}`;
  const reader = streamReader("addressgroups", {
    replace: (groups: readonly AddressGroup[], mark) =>
      told.push(`replace ${groups.map(({ name }) => name).join("+")} at ${text(mark)}`),
    put: ({ name }) => told.push(`put ${name}`),
    remove: (name) => told.push(`remove ${name}`),
    patch({ name, added, removed }: GroupPatch) {
      told.push(`patch ${name} +${added.length} -${removed.length}`);
      return knows;
    },
    reached: (mark) => told.push(`reached ${text(mark)}`),
  });
  return { reader, told };
}

const added = (name: string): WatchEvent => ({
  type: "ADDED",
  object: addressGroupKind.encode({ name, members: [member("a", ["10.244.1.2"])] }),
});
const marked = (version: string, isWhole = false): WatchEvent => ({
  type: "BOOKMARK",
  object: bookmark("addressgroups", version, isWhole),
});
const patched: WatchEvent = {
  type: "MODIFIED",
  object: addressGroupPatchKind.encode({ name: "g1", added: [member("b")], removed: [] }),
};

test("streamReader() believes a stream once it says that all has been told, and then replaces", () => {
  const { reader, told } = bench();
  reader.read([added("g1"), added("g2")]);
  reader.read([marked("c.4")]);
  assert.deepEqual([told, reader.isWhole], [[], false]);
  reader.read([marked("c.5", true)]);
  assert.deepEqual(told, ["replace g1+g2 at c.5", "reached c.5"]);
  assert.equal(reader.isWhole, true);
});

test("streamReader() takes an empty set that is whole, and no answer that ends before", () => {
  const { reader, told } = bench();
  reader.read([]);
  assert.deepEqual(told, []);
  reader.read([marked("c.1", true)]);
  assert.deepEqual(told, ["replace  at c.1", "reached c.1"]);
});

test("streamReader() hands on what changes afterwards, in its order", () => {
  const { reader, told } = bench();
  reader.read([marked("c.1", true)]);
  told.length = 0;
  const gone: WatchEvent = { type: "DELETED", object: { metadata: { name: "g1" } } };
  reader.read([added("g1"), patched, gone, marked("c.2")]);
  assert.deepEqual(told, ["put g1", "patch g1 +1 -0", "remove g1", "reached c.2"]);
});

test("streamReader() gives up a stream that missed something, counts in no way, or says what nobody may mean", () => {
  const whole = marked("c.1", true);
  const cases: readonly [string, readonly WatchEvent[], RegExp][] = [
    ["a change of what was not told", [whole, patched], /of which it had not told/],
    ["a change before the beginning is told", [patched], /before it had told/],
    ["a bookmark without a number", [marked("", true)], /without a number/],
    ["no object", [whole, { type: "ADDED", object: 7 }], /must be an object/],
    ["a group without a name", [whole, { type: "ADDED", object: { metadata: {} } }], /metadata/],
  ];
  for (const [name, events, problem] of cases)
    assert.throws(() => bench({ knows: false }).reader.read(events), problem, name);
});
