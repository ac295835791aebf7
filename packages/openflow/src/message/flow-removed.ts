import type { Match } from "../match/match.ts";
import { decodeMatch, encodeMatch } from "../match/wire.ts";
import { defineMessage } from "./definition.ts";
import { decodeStats, encodeStats, type FlowCounters } from "./oxs.ts";

/** Why a flow went (OpenFlow 1.5.1, `ofp_flow_removed_reason`). */
export const removedReasons = [
  "idle_timeout",
  "hard_timeout",
  "delete",
  "group_delete",
  "meter_delete",
  "eviction",
] as const;
export type RemovedReason = (typeof removedReasons)[number];

/** OFPT_FLOW_REMOVED, for flows with the flag `send_flow_rem`. */
export interface FlowRemoved extends FlowCounters {
  readonly kind: "flowRemoved";
  readonly table: number;
  readonly reason: RemovedReason;
  readonly priority: number;
  readonly idleTimeoutS: number;
  readonly hardTimeoutS: number;
  readonly cookie: bigint;
  readonly match: Match;
}

export const flowRemoved = defineMessage<FlowRemoved>({
  kind: "flowRemoved",
  id: { of: 11 },
  encode(message, out) {
    out.u8(message.table);
    out.u8(removedReasons.indexOf(message.reason));
    out.u16(message.priority);
    out.u16(message.idleTimeoutS);
    out.u16(message.hardTimeoutS);
    out.u64(message.cookie);
    encodeMatch(message.match, out);
    encodeStats(message, out);
  },
  decode(body) {
    const table = body.u8();
    const value = body.u8();
    const reason = removedReasons[value];
    if (!reason) return body.fail({ code: "bad-value", field: "reason", value }, 1);
    return {
      kind: "flowRemoved",
      table,
      reason,
      priority: body.u16(),
      idleTimeoutS: body.u16(),
      hardTimeoutS: body.u16(),
      cookie: body.u64(),
      match: decodeMatch(body),
      ...decodeStats(body),
    };
  },
});
