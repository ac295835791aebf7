import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import {
  bytes,
  type Codec,
  hostI32,
  hostU16,
  hostU32,
  literal,
  mapped,
  padding,
  range,
  u8,
  u16,
  u32,
  u64,
} from "./codec.ts";
import { DecodeError } from "./decode-error.ts";
import { fromHex, toHex } from "./hex.ts";
import { struct } from "./struct.ts";

const header = struct({ version: u8, type: u8, length: u16, xid: u32 });
const message = struct({
  kind: literal("example"),
  header,
  pad: padding(3),
  flag: range(u8, 0, 1),
  counter: u64,
  name: bytes(4),
  delta: hostI32,
});

const anyMessage = fc.record(
  {
    kind: fc.constant("example" as const),
    header: fc.record(
      {
        version: fc.nat(0xff),
        type: fc.nat(0xff),
        length: fc.nat(0xffff),
        xid: fc.nat(0xffffffff),
      },
      { noNullPrototype: true },
    ),
    flag: fc.nat(1),
    counter: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    name: fc.uint8Array({ minLength: 4, maxLength: 4 }),
    delta: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  },
  { noNullPrototype: true },
);

function encode<T>(codec: Codec<T>, value: T, at = 0): Uint8Array {
  const frame = new Uint8Array(at + codec.size);
  codec.encode(value, new DataView(frame.buffer), at);
  return frame;
}

const view = (frame: Uint8Array): DataView =>
  new DataView(frame.buffer, frame.byteOffset, frame.byteLength);

test("struct() lays fields out in the order written, in network order, padding as zeros", () => {
  const frame = encode(message, {
    kind: "example",
    header: { version: 6, type: 14, length: 0x0102, xid: 0xfffffffe },
    flag: 1,
    counter: 0x1122334455667788n,
    name: Uint8Array.of(1, 2, 3, 4),
    delta: -2,
  });
  assert.equal(message.size, 28);
  assert.equal(toHex(frame), `060e0102fffffffe${"000000"}01112233445566778801020304feffffff`);
});

test("struct(): decode() gives back what encode() wrote, at any place of a larger frame", () => {
  fc.assert(
    fc.property(anyMessage, fc.nat(9), (value, at) => {
      const frame = encode(message, value, at);
      assert.deepEqual(message.decode(view(frame), at), value);
      assert.deepEqual(message.decode(view(Uint8Array.from([...frame, 1, 2])), at), value);
    }),
  );
});

test("struct(): encode() of what decode() read gives the same bytes, padding apart", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: header.size, maxLength: header.size }), (frame) => {
      assert.deepEqual(encode(header, header.decode(view(frame), 0)), frame);
    }),
  );
});

test("struct(): decode() of a frame cut anywhere throws DecodeError that says how much is missing", () => {
  const whole = encode(header, { version: 1, type: 2, length: 3, xid: 4 });
  for (let size = 0; size < whole.length; size++) {
    assert.throws(
      () => header.decode(view(whole.subarray(0, size)), 0),
      (error) => {
        assert.ok(error instanceof DecodeError);
        assert.deepEqual(error.problem, { code: "truncated", wanted: whole.length, got: size });
        return true;
      },
    );
  }
});

test("struct(): a nested struct that does not fit is told as well", () => {
  assert.throws(
    () => message.decode(view(new Uint8Array(27)), 0),
    /truncated: wanted 28 bytes, got 27/,
  );
  assert.throws(
    () => header.decode(view(new Uint8Array(8)), 1),
    /truncated: wanted 8 bytes, got 7 at byte 1 of 8/,
  );
});

test("range() holds both directions to its bounds", () => {
  const small = range(u16, 2, 64);
  assert.equal(small.decode(view(Uint8Array.of(0, 64)), 0), 64);
  assert.throws(
    () => small.decode(view(Uint8Array.of(0, 1)), 0),
    (error) => {
      assert.ok(error instanceof DecodeError);
      assert.deepEqual(error.problem, { code: "bad-value", field: "2..64", value: 1 });
      return true;
    },
  );
  assert.throws(() => encode(small, 65), /65 is in 2..64/);
});

test("the integer codecs hold all values of their width", () => {
  const cases: readonly (readonly [Codec<number>, number, number])[] = [
    [u8, 0, 0xff],
    [u16, 0, 0xffff],
    [u32, 0, 0xffffffff],
    [hostU16, 0, 0xffff],
    [hostU32, 0, 0xffffffff],
    [hostI32, -(2 ** 31), 2 ** 31 - 1],
  ];
  for (const [codec, min, max] of cases)
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(min, max), fc.integer({ min, max })), (value) => {
        assert.equal(codec.decode(view(encode(codec, value)), 0), value);
      }),
    );
});

test("the host codecs are little-endian, the others big-endian", () => {
  assert.equal(toHex(encode(hostU32, 1)), "01000000");
  assert.equal(toHex(encode(u32, 1)), "00000001");
});

test("mapped() and bytes(): decode() hands out a copy, not a window", () => {
  const frame = Uint8Array.of(1, 2, 3);
  const taken = bytes(2).decode(view(frame), 1);
  frame[1] = 9;
  assert.deepEqual(taken, Uint8Array.of(2, 3));

  const yesNo = mapped<number, boolean>(u8, { encode: Number, decode: (n) => n !== 0 });
  assert.equal(yesNo.decode(view(encode(yesNo, true)), 0), true);
});

test("fromHex() and toHex() are each other's inverse, spaces and capitals apart", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (value) => {
      assert.deepEqual(fromHex(toHex(value)), value);
      assert.deepEqual(fromHex(` ${toHex(value).toUpperCase().replace(/(..)/g, "$1 ")}\n`), value);
    }),
  );
  for (const bad of ["f", "0g", "0x00", "-1"]) assert.equal(fromHex(bad), undefined, bad);
});

test("DecodeError prints its bytes with their offsets", () => {
  const frame = Uint8Array.from({ length: 18 }, (_, i) => i);
  const error = new DecodeError({ code: "unknown-type", type: 99 }, 3, frame);
  assert.equal(error.message, "unknown type 99 at byte 3 of 18");
  assert.equal(
    error.dump(),
    "00000000  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f\n00000010  10 11",
  );
});

test("ByteWriter and ByteReader: what is written is read back, whatever the buffer's first size", () => {
  const part = fc.oneof(
    fc.nat(0xff).map((v) => ({ kind: "u8" as const, v })),
    fc.nat(0xffff).map((v) => ({ kind: "u16" as const, v })),
    fc.nat(0xffffffff).map((v) => ({ kind: "u32" as const, v })),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((v) => ({ kind: "u64" as const, v })),
    fc.uint8Array({ maxLength: 40 }).map((v) => ({ kind: "bytes" as const, v })),
  );
  fc.assert(
    fc.property(fc.array(part), fc.integer({ min: 1, max: 16 }), (parts, capacity) => {
      const writer = new ByteWriter(capacity);
      for (const { kind, v } of parts) (writer[kind] as (value: typeof v) => void)(v);
      const reader = ByteReader.of(writer.finish());
      for (const { kind, v } of parts)
        assert.deepEqual(kind === "bytes" ? reader.bytes(v.length) : reader[kind](), v);
      assert.equal(reader.left, 0);
      assert.throws(() => reader.u8(), DecodeError);
    }),
  );
});

test("ByteWriter.put() and ByteReader.get() agree with the codec, and pad() aligns", () => {
  const writer = new ByteWriter(2);
  writer.u8(7);
  writer.put(header, { version: 1, type: 2, length: 3, xid: 4 });
  writer.pad(8);
  writer.pad(8);
  assert.equal(writer.size, 16);
  writer.setU16(0, 0xabcd);
  const reader = ByteReader.of(writer.written());
  assert.equal(reader.u16(), 0xabcd);
  reader.skip(7);
  assert.throws(
    () => reader.get(header),
    (e) => e instanceof DecodeError && e.problem.code === "truncated",
  );
});

test("ByteReader.slice() cannot be read past its end, and its errors count from the whole frame's start", () => {
  const reader = ByteReader.of(Uint8Array.of(1, 2, 3, 4));
  reader.skip(1);
  const inner = reader.slice(2);
  assert.equal(inner.u16(), 0x0203);
  assert.throws(
    () => inner.u8(),
    (e) => e instanceof DecodeError && e.at === 3,
  );
  assert.equal(reader.u8(), 4);
  assert.throws(() => reader.slice(1), DecodeError);
});

test("ByteWriter.clear() leaves nothing of before behind", () => {
  const writer = new ByteWriter(8);
  writer.u32(0xffffffff);
  writer.clear();
  writer.zeros(4);
  assert.deepEqual(writer.finish(), new Uint8Array(4));
});
