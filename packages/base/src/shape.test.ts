import assert from "node:assert/strict";
import { test } from "node:test";
import { parseShape, type ShapeType, shape } from "./shape.ts";

const peer = shape.object({
  name: shape.text,
  mtu: shape.whole(68, 65535),
  mode: shape.oneOf(["direct", "tunnel"]),
  comment: shape.optional(shape.text),
  labels: shape.record(shape.text),
  hops: shape.list(shape.object({ device: shape.text })),
});
const good: ShapeType<typeof peer> = {
  name: "a",
  mtu: 1500,
  mode: "direct",
  labels: { x: "y" },
  hops: [{ device: "eth0" }],
};

test("parseShape() gives the value without what the shape does not know", () => {
  assert.deepEqual(parseShape(peer, { ...good, newer: 1, comment: null }), { value: good });
  assert.deepEqual(parseShape(peer, { ...good, comment: "c" }), {
    value: { ...good, comment: "c" },
  });
});

test("parseShape() names the place, what is there, and what must be", () => {
  const problemOf = (value: unknown) => {
    const parsed = parseShape(peer, value);
    return "problem" in parsed ? parsed.problem : undefined;
  };
  assert.equal(problemOf(null), "The value is null, but must be an object");
  assert.equal(
    problemOf({ ...good, mtu: 1.5 }),
    "mtu is 1.5, but must be a whole number from 68 to 65535",
  );
  assert.equal(problemOf({ ...good, name: undefined }), "name is missing, but must be a text");
  assert.equal(
    problemOf({ ...good, mode: "" }),
    "mode is empty, but must be one of direct, tunnel",
  );
  assert.equal(problemOf({ ...good, labels: { x: [] } }), "labels.x is a list, but must be a text");
  assert.equal(
    problemOf({ ...good, hops: [{}, {}] }),
    "hops[0].device is missing, but must be a text",
  );
  assert.equal(
    problemOf({ ...good, hops: {} }),
    "hops is an object, but must be a list, each item an object",
  );
});

test("shape.variants() tells objects apart by their tag", () => {
  const path = shape.variants("kind", {
    local: {},
    tunnel: { remote: shape.parsed("a number in text", (text) => Number(text) || undefined) },
  });
  const value: ShapeType<typeof path> = { kind: "tunnel", remote: 7 };
  assert.deepEqual(parseShape(path, { kind: "tunnel", remote: "7" }), { value });
  assert.deepEqual(parseShape(path, { kind: "local", remote: "7" }), { value: { kind: "local" } });
  assert.deepEqual(parseShape(path, { kind: "magic" }), {
    problem: 'kind is "magic", but must be one of local, tunnel',
  });
  assert.deepEqual(parseShape(path, { kind: "tunnel", remote: "x" }), {
    problem: 'remote is "x", but must be a number in text',
  });
});
