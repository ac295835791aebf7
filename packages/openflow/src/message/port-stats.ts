import { literal, padding, struct, u32, u64, type WireType } from "@antrea/wire";
import { fixedMessage, listReply, sized } from "./definition.ts";

const requestBody = struct({ kind: literal("portStatsRequest"), ofPort: u32, pad: padding(4) });
/** Which port; 0xffffffff for all. */
export type PortStatsRequest = WireType<typeof requestBody>;
export const portStatsRequest = fixedMessage<PortStatsRequest>(
  "portStatsRequest",
  { request: 4 },
  requestBody,
);

/** Counters of a port; all ones where the switch does not count. Properties behind them are not read. */
const statsBody = struct({
  pad: padding(2),
  ofPort: u32,
  durationS: u32,
  durationNs: u32,
  rxPackets: u64,
  txPackets: u64,
  rxBytes: u64,
  txBytes: u64,
  rxDropped: u64,
  txDropped: u64,
  rxErrors: u64,
  txErrors: u64,
});
export type PortStats = WireType<typeof statsBody>;

export const portStatsReply = listReply(
  "portStatsReply",
  4,
  sized<PortStats>({
    encode: (stats, out) => out.put(statsBody, stats),
    decode: (body) => body.get(statsBody),
  }),
);
