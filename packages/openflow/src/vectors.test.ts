import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteReader, ByteWriter, DecodeError, toHex } from "@antrea/wire";
import { actionLists, formatActions, parseActions } from "./action/actions.ts";
import { formatMatch } from "./match/format.ts";
import { parseMatchText } from "./match/parse.ts";
import { decodeMatch, encodeMatch } from "./match/wire.ts";
import { decodeFrame, encodeFrame } from "./message/messages.ts";
import { formatMessage, parseMessage } from "./message/text.ts";
import { readVectors } from "./testing/vectors.ts";

/** The four operations that every thing on the wire has. */
interface Operations<T> {
  encode(value: T, out: ByteWriter): void;
  decode(body: ByteReader): T;
  format(value: T): string;
  parse(text: string): T;
}

/** Holds all four to each vector, in every direction. */
function check<T>(name: string, { encode, decode, format, parse }: Operations<T>): void {
  const bytesOf = (value: T) => {
    const out = new ByteWriter();
    encode(value, out);
    return toHex(out.written());
  };
  for (const { line, text, bytes, isBad } of readVectors(
    new URL(`../testdata/${name}.vectors`, import.meta.url),
  )) {
    const label = `${name}.vectors:${line} ${text}`;
    if (isBad) {
      assert.throws(
        () => decode(ByteReader.of(bytes)),
        (error) => error instanceof DecodeError && error.problem.code === text,
        label,
      );
      continue;
    }
    const decoded = decode(ByteReader.of(bytes));
    assert.equal(format(decoded), text, label);
    assert.equal(bytesOf(decoded), toHex(bytes), label);
    assert.deepEqual(parse(text), decoded, label);
    assert.equal(bytesOf(parse(text)), toHex(bytes), label);
  }
}

test("actions: encode, decode, format and parse agree on every vector", () => {
  check("actions", {
    encode: actionLists.encode,
    decode: actionLists.decode,
    format: formatActions,
    parse: parseActions,
  });
});

test("matches: encode, decode, format and parse agree on every vector", () => {
  check("matches", {
    encode: encodeMatch,
    decode: decodeMatch,
    format: (match) => (match.length === 0 ? "any" : formatMatch(match)),
    parse: (text) => (text === "any" ? [] : parseMatchText(text)),
  });
});

test("messages: encode, decode, format and parse agree on every vector", () => {
  check("messages", {
    encode: (message, out) => encodeFrame(message, 5, out),
    decode: (body) => decodeFrame(body).message,
    format: formatMessage,
    parse: parseMessage,
  });
});
