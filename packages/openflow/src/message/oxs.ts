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
  const end = body.at + length - 4;
  const read: { -readonly [K in keyof FlowCounters]: FlowCounters[K] } = {
    packets: 0n,
    bytes: 0n,
    durationMs: 0,
  };
  while (body.at < end) decodeOne(body, read);
  if (body.at !== end) body.fail({ code: "bad-length", declared: length });
  body.skip((8 - (length % 8)) % 8);
  return read;
}

function decodeOne(
  body: ByteReader,
  read: { -readonly [K in keyof FlowCounters]: FlowCounters[K] },
): void {
  const oxsClass = body.u16();
  const number = body.u8() >> 1;
  const size = body.u8();
  const next = body.at + size;
  if (oxsClass === OXS_OF && size === 8) {
    if (number === field.duration) read.durationMs = milliseconds(body);
    else if (number === field.idleTime) read.idleS = body.u32();
    else if (number === field.packetCount) read.packets = body.u64();
    else if (number === field.byteCount) read.bytes = body.u64();
  } else if (oxsClass === OXS_OF && size === 4 && number === field.flowCount) {
    read.flows = body.u32();
  }
  body.skip(next - body.at);
}

/** 32 bits of seconds and 32 of nanoseconds. */
function seconds(ms: number): bigint {
  return (BigInt(Math.floor(ms / 1000)) << 32n) | BigInt((ms % 1000) * 1_000_000);
}

function milliseconds(body: ByteReader): number {
  return body.u32() * 1000 + Math.floor(body.u32() / 1_000_000);
}
