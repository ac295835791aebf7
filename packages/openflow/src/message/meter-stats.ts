import { literal, padding, struct, u32, u64, u8, type WireType } from "@antrea/wire";
import type { Meter } from "../flow/meter.ts";
import { emptyMessage, fixedMessage, listReply, sized } from "./definition.ts";
import type { Counters } from "./group-stats.ts";
import { decodeMeter, encodeMeter } from "./meter-mod.ts";

/** Which meter a request is about; `allMeters` for all. */
const configBody = struct({ kind: literal("meterConfigRequest"), meter: u32, pad: padding(4) });
const statsBody = struct({ kind: literal("meterStatsRequest"), meter: u32, pad: padding(4) });
export type MeterConfigRequest = WireType<typeof configBody>;
export type MeterStatsRequest = WireType<typeof statsBody>;

export const meterConfigRequest = fixedMessage<MeterConfigRequest>(
  "meterConfigRequest",
  { request: 10 },
  configBody,
);
export const meterStatsRequest = fixedMessage<MeterStatsRequest>(
  "meterStatsRequest",
  { request: 9 },
  statsBody,
);

export const meterConfigReply = listReply(
  "meterConfigReply",
  10,
  sized<Meter>({ encode: encodeMeter, decode: decodeMeter }),
);

export interface MeterStats {
  readonly meter: number;
  readonly flows: number;
  readonly input: Counters;
  readonly durationMs: number;
  /** What each band caught. */
  readonly bands: readonly Counters[];
}

const counters = struct({ packets: u64, bytes: u64 });

/** Unlike elsewhere the length stands behind the number. */
export const meterStatsReply = listReply<"meterStatsReply", MeterStats>("meterStatsReply", 9, {
  encode(stats, out) {
    const start = out.size;
    out.u32(stats.meter);
    out.u16(0);
    out.zeros(6);
    out.u32(stats.flows);
    out.put(counters, stats.input);
    out.u32(Math.floor(stats.durationMs / 1000));
    out.u32((stats.durationMs % 1000) * 1_000_000);
    for (const band of stats.bands) out.put(counters, band);
    out.setU16(start + 4, out.size - start);
  },
  decode(body) {
    const meter = body.u32();
    const length = body.u16();
    if (length < 40) body.fail({ code: "bad-length", declared: length }, 2);
    const inner = body.slice(length - 6);
    inner.skip(6);
    const flows = inner.u32();
    const input = inner.get(counters);
    const durationMs = inner.u32() * 1000 + Math.floor(inner.u32() / 1_000_000);
    const bands: Counters[] = [];
    while (inner.left > 0) bands.push(inner.get(counters));
    return { meter, flows, input, durationMs, bands };
  },
});

const featuresBody = struct({
  kind: literal("meterFeaturesReply"),
  maxMeters: u32,
  bandTypes: u32,
  capabilities: u32,
  maxBands: u8,
  maxColor: u8,
  pad: padding(2),
});
export type MeterFeatures = WireType<typeof featuresBody>;

export const meterFeaturesRequest = emptyMessage("meterFeaturesRequest", { request: 11 });
export const meterFeaturesReply = fixedMessage<MeterFeatures>(
  "meterFeaturesReply",
  { reply: 11 },
  featuresBody,
);
