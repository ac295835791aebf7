import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Frame, FramingError, jsonFraming } from "./framing.ts";

const utf8 = new TextEncoder();
const json = fc.oneof(fc.object({ maxDepth: 4 }), fc.array(fc.jsonValue({ maxDepth: 3 })));

function pushAll(chunks: readonly Uint8Array[]): readonly Frame[] {
  const framing = jsonFraming();
  return chunks.flatMap((chunk) => framing.push(chunk));
}

function cutAt(bytes: Uint8Array, at: number): readonly Uint8Array[] {
  return [bytes.subarray(0, at), bytes.subarray(at)];
}

test("jsonFraming() finds the same texts wherever the stream is cut", () => {
  const texts = [
    '{"id":1,"result":["ü}{\\"\\\\",[]],"error":null}',
    "[]",
    ' \n{"method":"x","params":[]}\t',
  ];
  const bytes = utf8.encode(texts.join(""));
  const whole = pushAll([bytes]);
  assert.equal(whole.length, 3);
  for (let at = 0; at <= bytes.length; at++)
    assert.deepEqual(pushAll(cutAt(bytes, at)), whole, `cut at byte ${at}`);
  assert.deepEqual(pushAll(Array.from(bytes, (b) => Uint8Array.of(b))), whole);
});

test("jsonFraming() gives back what JSON.stringify() wrote, in pieces of any size", () => {
  fc.assert(
    fc.property(fc.array(json), fc.integer({ min: 1, max: 50 }), (values, size) => {
      const texts = values.map((value) => JSON.stringify(value));
      const bytes = utf8.encode(texts.join("\n"));
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      const expected = texts.map((text) => ({ kind: "json", value: JSON.parse(text) as unknown }));
      assert.deepEqual(pushAll(chunks), expected);
    }),
  );
});

test("jsonFraming() holds a text that has no end yet", () => {
  const bytes = utf8.encode('{"a":"}"}');
  for (let length = 0; length < bytes.length; length++)
    assert.deepEqual(pushAll([bytes.subarray(0, length)]), [], `${length} bytes`);
});

test("jsonFraming() reports a balanced text that is no JSON, and goes on after it", () => {
  const [bad, good] = pushAll([utf8.encode("{nonsense}{}")]);
  assert.equal(bad?.kind, "malformed");
  assert.deepEqual(good, { kind: "json", value: {} });
});

test("jsonFraming() reports text that is not UTF-8", () => {
  const frames = pushAll([Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)]);
  assert.deepEqual(
    frames.map((f) => f.kind),
    ["malformed"],
  );
});

test("jsonFraming() throws FramingError when the next text cannot be found", () => {
  const framing = jsonFraming({ maxSizeBytes: 100, maxDepth: 5 });
  assert.throws(() => framing.push(utf8.encode("HTTP/1.1")), FramingError);
  assert.throws(() => jsonFraming().push(utf8.encode("}")), FramingError);
  assert.throws(
    () => jsonFraming({ maxSizeBytes: 1e6, maxDepth: 5 }).push(utf8.encode("[".repeat(6))),
    /deeper than 5/,
  );
  const endless = jsonFraming({ maxSizeBytes: 100, maxDepth: 5 });
  endless.push(utf8.encode(`{"a":"${"x".repeat(80)}`));
  assert.throws(() => endless.push(utf8.encode("x".repeat(80))), /larger than 100 bytes/);
});
