import assert from "node:assert/strict";
import { test } from "node:test";
import { DecodeError } from "@antrea/wire";
import fc from "fast-check";
import {
  attribute,
  attributes,
  byte,
  encodeAttribute,
  ip,
  mac,
  raw,
  splitAttributes,
  text,
  word,
} from "./attribute.ts";

const sample = attributes({
  name: attribute(3, text),
  mtu: attribute(4, word),
  state: attribute(16, byte),
  inner: attribute(18 | 0x8000, attributes({ kind: attribute(1, text), data: attribute(2, raw) })),
});

const values = fc.record(
  {
    name: fc.stringMatching(/^[a-z0-9]{1,15}$/),
    mtu: fc.nat(0xffffffff),
    state: fc.nat(255),
    inner: fc.record(
      { kind: fc.stringMatching(/^[a-z]{1,8}$/), data: fc.uint8Array({ maxLength: 9 }) },
      { requiredKeys: [], noNullPrototype: true },
    ),
  },
  { requiredKeys: [], noNullPrototype: true },
);

test("attributes() decodes what it encoded", () => {
  fc.assert(
    fc.property(values, (value) => {
      assert.deepEqual(sample.decode(sample.encode(value)), value);
    }),
  );
});

test("attributes() passes over what it does not know", () => {
  const bytes = Buffer.concat([
    encodeAttribute(99, new Uint8Array(5)),
    sample.encode({ mtu: 9000 }),
  ]);

  assert.deepEqual(sample.decode(bytes), { mtu: 9000 });
});

test("attributes() refuses an attribute that ends after its message", () => {
  const bytes = sample.encode({ name: "eth0", mtu: 1500 });

  for (const size of [1, 3, 5, 8, 13, 19])
    assert.throws(() => sample.decode(bytes.subarray(0, size)), DecodeError, `${size} bytes`);
});

test("splitAttributes() refuses a length below its header's", () => {
  const bytes = Uint8Array.of(3, 0, 1, 0);

  assert.throws(() => splitAttributes(bytes), { problem: { code: "bad-length", declared: 3 } });
});

test("ip and mac refuse values that are too short", () => {
  assert.throws(() => ip.decode(new Uint8Array(3)), DecodeError);
  assert.throws(() => ip.decode(new Uint8Array(15)), DecodeError);
  assert.throws(() => mac.decode(new Uint8Array(5)), DecodeError);
  assert.equal(ip.decode(Uint8Array.of(10, 0, 0, 1)), "10.0.0.1");
});
