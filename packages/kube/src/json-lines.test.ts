import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LineTooLongError, lineSplitter } from "./json-lines.ts";

test("lineSplitter() gives the same lines wherever the stream was cut", () => {
  const anyLine = fc.string({ unit: "grapheme" }).map((text) => JSON.stringify({ text }));
  const anyCuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
  fc.assert(
    fc.property(fc.array(anyLine), anyCuts, (lines, cuts) => {
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
      const splitter = lineSplitter(10_000);
      const seen: string[] = [];
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const size = cuts[i % cuts.length] as number;
        seen.push(...splitter.push(bytes.subarray(at, at + size)));
        at += size;
      }
      assert.deepEqual(seen, lines);
      assert.equal(splitter.rest(), "");
    }),
  );
});

test("lineSplitter() leaves out empty lines and shows what was cut off", () => {
  const splitter = lineSplitter(100);
  assert.deepEqual(splitter.push(Buffer.from("a\n\n \r\nb\nhal")), ["a", "b"]);
  assert.equal(splitter.rest(), "hal");
});

test("lineSplitter() refuses a line without end", () => {
  const splitter = lineSplitter(10);
  splitter.push(Buffer.from("12345\n1234567890"));
  assert.throws(() => splitter.push(Buffer.from("x")), LineTooLongError);
});
