import type { ByteReader, ByteWriter } from "@antrea/wire";

/** Statistics of a flow (OpenFlow 1.5.1 section 7.2.4). */
export interface FlowCounters {
  readonly packets: bigint;
  readonly bytes: bigint;
  /** How long it has existed. */
  readonly durationMs: number;
  /** How long no packet has matched. */
  readonly idleS?: number;
  /** How many flows the counters sum up, in an aggregate. */
  readonly flows?: number;
}

const OXS_OF = 0x8002;
const field = { duration: 0, idleTime: 1, flowCount: 3, packetCount: 4, byteCount: 5 } as const;

export function encodeStats(counters: FlowCounters, out: ByteWriter): void {
  const start = out.size;
  const put64 = (number: number, value: bigint) => {
    out.u16(OXS_OF);
    out.u8(number << 1);
    out.u8(8);
    out.u64(value);
  };
  out.u16(0);
  out.u16(0);
  put64(field.duration, seconds(counters.durationMs));
  if (counters.idleS !== undefined) put64(field.idleTime, BigInt(counters.idleS) << 32n);
  if (counters.flows !== undefined) {
    out.u16(OXS_OF);
    out.u8(field.flowCount << 1);
    out.u8(4);
    out.u32(counters.flows);
  }
  put64(field.packetCount, counters.packets);
  put64(field.byteCount, counters.bytes);
  out.setU16(start + 2, out.size - start);
  out.pad(8, start);
}

export function decodeStats(body: ByteReader): FlowCounters {
  body.skip(2);
  const length = body.u16();
  if (length < 4) body.fail({ code: "bad-length", declared: length }, 2);
  const inner = body.slice(length - 4);
  body.skip((8 - (length % 8)) % 8);
  const read: { -readonly [K in keyof FlowCounters]: FlowCounters[K] } = {
    packets: 0n,
    bytes: 0n,
    durationMs: 0,
  };
  while (inner.left > 0) decodeOne(inner, read);
  return read;
}

function decodeOne(
  inner: ByteReader,
  read: { -readonly [K in keyof FlowCounters]: FlowCounters[K] },
): void {
  const oxsClass = inner.u16();
  const number = inner.u8() >> 1;
  const value = inner.slice(inner.u8());
  if (oxsClass !== OXS_OF) return;
  if (number === field.duration) read.durationMs = milliseconds(value);
  else if (number === field.idleTime) read.idleS = value.u32();
  else if (number === field.flowCount) read.flows = value.u32();
  else if (number === field.packetCount) read.packets = value.u64();
  else if (number === field.byteCount) read.bytes = value.u64();
}

/** 32 bits of seconds and 32 of nanoseconds. */
function seconds(ms: number): bigint {
  return (BigInt(Math.floor(ms / 1000)) << 32n) | BigInt((ms % 1000) * 1_000_000);
}

function milliseconds(body: ByteReader): number {
  return body.u32() * 1000 + Math.floor(body.u32() / 1_000_000);
}
