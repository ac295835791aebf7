import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteReader, ByteWriter, DecodeError } from "@antrea/wire";
import fc from "fast-check";
import { diffFlows, type Flow, flowKey, sameFlow } from "./flow/flow.ts";
import { formatFlow } from "./flow/format.ts";
import { parseFlow } from "./flow/parse.ts";
import { decodeFrame, encodeFrame } from "./message/messages.ts";
import { flowModOf } from "./message/flow-mod.ts";
import { arbitraryFlow } from "./testing/arbitrary.ts";
import { readVectors } from "./testing/vectors.ts";

test("decodeFrame() gives back what encodeFrame() wrote, for any flow", () => {
  fc.assert(
    fc.property(arbitraryFlow, (flow) => {
      const out = new ByteWriter();
      const message = flowModOf("add", flow);
      encodeFrame(message, 7, out);
      assert.deepEqual(decodeFrame(ByteReader.of(out.written())), {
        xid: 7,
        message,
        hasMore: false,
      });
    }),
  );
});

test("parseFlow() gives back what formatFlow() wrote, for any flow", () => {
  fc.assert(
    fc.property(arbitraryFlow, (flow) => {
      assert.deepEqual(parseFlow(formatFlow(flow)), flow);
    }),
  );
});

test("diffFlows() applied to what was observed gives what is desired, and nothing for the same", () => {
  const many = fc.array(arbitraryFlow, { maxLength: 8 });
  fc.assert(
    fc.property(many, many, many, (shared, a, b) => {
      const desired = [...shared, ...b];
      const change = diffFlows([...shared, ...a], desired);
      const result = new Map([...shared, ...a].map((flow) => [flowKey(flow), flow]));
      for (const { key } of change.remove) result.delete(key);
      for (const { key, value } of [...change.add, ...change.modify]) result.set(key, value);
      const wanted = new Map(desired.map((flow) => [flowKey(flow), flow]));
      assert.deepEqual([...result.keys()].sort(), [...wanted.keys()].sort());
      for (const [key, flow] of wanted) assert.ok(sameFlow(result.get(key) ?? flow, flow), key);
      assert.deepEqual(diffFlows(desired, desired), { add: [], modify: [], remove: [] });
    }),
  );
});

/** Small, fast and good enough to mutate bytes (Steele and Vigna's splitmix32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state ^ (state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
}

test("decodeFrame() answers mutated frames with a value or a DecodeError, and nothing else", (t) => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
  t.diagnostic(`SEED=${seed}`);
  const next = random(seed);
  const vectors = (name: string) =>
    readVectors(new URL(`../testdata/${name}.vectors`, import.meta.url)).map((v) => v.bytes);
  const frames = [
    ...vectors("messages"),
    ...vectors("actions").map(packetOutWith),
    ...fc.sample(arbitraryFlow, { numRuns: 200, seed }).map(flowModFrame),
  ];
  for (let round = 0; round < 30_000; round++) {
    const frame = Uint8Array.from(frames[next() % frames.length] as Uint8Array);
    for (let flips = next() % 4; flips >= 0; flips--) frame[next() % frame.length] = next() & 0xff;
    const cut = next() % 8 === 0 ? frame.subarray(0, next() % (frame.length + 1)) : frame;
    try {
      decodeFrame(ByteReader.of(cut));
    } catch (error) {
      if (!(error instanceof DecodeError))
        assert.fail(
          `SEED=${seed} round ${round}: ${String(error)} for ${Buffer.from(cut).toString("hex")}`,
        );
    }
  }
});

test("decodeFrame() says truncated for every message cut at every byte", () => {
  for (const { bytes, isBad, text } of readVectors(
    new URL("../testdata/messages.vectors", import.meta.url),
  )) {
    if (isBad) continue;
    for (let size = 0; size < bytes.length; size++) {
      assert.throws(
        () => decodeFrame(ByteReader.of(bytes.subarray(0, size))),
        (error) => error instanceof DecodeError && error.problem.code === "truncated",
        `${text} cut to ${size} bytes`,
      );
    }
  }
});

function flowModFrame(flow: Flow): Uint8Array {
  const out = new ByteWriter();
  encodeFrame(flowModOf("add", flow), 1, out);
  return out.finish();
}

/** A packet-out around some actions. */
function packetOutWith(actions: Uint8Array): Uint8Array {
  const out = new ByteWriter();
  out.u8(6);
  out.u8(13);
  out.u16(24 + actions.length);
  out.u32(1);
  out.u32(0xffffffff);
  out.u16(actions.length);
  out.u16(0);
  out.u16(1);
  out.u16(4);
  out.u32(0);
  out.bytes(actions);
  return out.finish();
}
