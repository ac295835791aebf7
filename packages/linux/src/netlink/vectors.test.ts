import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { DecodeError, fromHex, toHex } from "@antrea/wire";
import fc from "fast-check";
import { addressBody } from "./address.ts";
import { type PayloadCodec, splitAttributes } from "./attribute.ts";
import { linkBody } from "./link.ts";
import { decodeMessages, encodeMessage } from "./message.ts";
import { neighbourBody } from "./neighbour.ts";
import { routeBody } from "./route.ts";

const codecs: Readonly<Record<string, { codec: PayloadCodec<object>; headerSize: number }>> = {
  link: { codec: linkBody, headerSize: 16 },
  address: { codec: addressBody, headerSize: 8 },
  route: { codec: routeBody, headerSize: 12 },
  neighbour: { codec: neighbourBody, headerSize: 12 },
};

interface Vector {
  readonly command: string;
  readonly codec: PayloadCodec<object>;
  readonly headerSize: number;
  readonly value: unknown;
  readonly frame: Uint8Array;
}

const vectors = readVectors();

test("the vectors are of every kind of message", () => {
  assert.equal(vectors.length, 18);
  assert.equal(new Set(vectors.map(({ codec }) => codec)).size, 4);
});

for (const { command, codec, headerSize, value, frame } of vectors) {
  const [message] = decodeMessages(frame);
  const payload = message?.payload ?? new Uint8Array();

  test(`a body's codec reads what iproute2 says by "${command}"`, () => {
    assert.deepEqual(plain(codec.decode(payload)), value);
  });

  test(`a body's codec says the same as "${command}"`, () => {
    const ours = codec.encode(codec.decode(payload));

    assert.equal(toHex(ours.subarray(0, headerSize)), toHex(payload.subarray(0, headerSize)));
    assert.deepEqual(attributesOf(ours, headerSize), attributesOf(payload, headerSize));
  });

  test(`decodeMessages() refuses "${command}" cut at any byte`, () => {
    for (let size = 1; size < frame.length; size++)
      assert.throws(() => decodeMessages(frame.subarray(0, size)), DecodeError, `${size} bytes`);
  });

  test(`a body's codec gives a DecodeError or a value for "${command}" cut or changed`, () => {
    const spoilt = fc.tuple(fc.nat(payload.length), fc.nat(payload.length - 1), fc.nat(255));
    fc.assert(
      fc.property(spoilt, ([size, at, byte]) => {
        const bytes = payload.slice();
        bytes[at] = byte;
        try {
          codec.decode(bytes.subarray(0, size));
        } catch (error) {
          assert.ok(error instanceof DecodeError, String(error));
        }
      }),
    );
  });
}

test("encodeMessage() and decodeMessages() are inverse", () => {
  for (const { frame } of vectors)
    for (const message of decodeMessages(frame)) assert.deepEqual(encodeMessage(message), frame);
});

test("decodeMessages() finds every message of a datagram", () => {
  const datagram = Buffer.concat(vectors.map(({ frame }) => frame));

  assert.equal(decodeMessages(datagram).length, vectors.length);
});

test("decodeMessages() refuses a length below a header's", () => {
  const frame = new Uint8Array(16);

  assert.throws(() => decodeMessages(frame), { problem: { code: "bad-length", declared: 0 } });
});

function readVectors(): readonly Vector[] {
  const text = readFileSync(new URL("../../testdata/rtnetlink.vectors", import.meta.url), "utf8");
  return text.split("\n\n").flatMap((block) => {
    const [command = "", line = "", hex = ""] = block.trim().split("\n");
    const [kind = "", ...json] = line.split(" ");
    const found = codecs[kind];
    const frame = fromHex(hex);
    if (!found || !frame) return [];
    return [{ command: command.slice(2), ...found, value: JSON.parse(json.join(" ")), frame }];
  });
}

function attributesOf(payload: Uint8Array, headerSize: number): readonly string[] {
  const attributes = splitAttributes(payload.subarray(headerSize));
  return attributes.map(({ type, payload: value }) => `${type} ${toHex(value)}`).sort();
}

/** As the vectors' JSON writes it: bytes as hex. */
function plain(value: object): unknown {
  const text = JSON.stringify(value, (_, v) => (v instanceof Uint8Array ? toHex(v) : v));
  return JSON.parse(text);
}
