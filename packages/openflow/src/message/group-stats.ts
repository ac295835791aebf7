import { literal, padding, struct, u32, u64, type WireType } from "@antrea/wire";
import { type Group, groupTypes } from "../flow/group.ts";
import { decodeBuckets, decodeSelection, encodeBuckets, encodeSelection } from "./bucket.ts";
import { emptyMessage, fixedMessage, listReply, sized } from "./definition.ts";
import { groupOf } from "./group-mod.ts";

/** Which group a request is about; `allGroups` for all. */
const descBody = struct({ kind: literal("groupDescRequest"), group: u32, pad: padding(4) });
const statsBody = struct({ kind: literal("groupStatsRequest"), group: u32, pad: padding(4) });
export type GroupDescRequest = WireType<typeof descBody>;
export type GroupStatsRequest = WireType<typeof statsBody>;

export const groupDescRequest = fixedMessage<GroupDescRequest>(
  "groupDescRequest",
  { request: 7 },
  descBody,
);
export const groupStatsRequest = fixedMessage<GroupStatsRequest>(
  "groupStatsRequest",
  { request: 6 },
  statsBody,
);

/** OFPMP_GROUP_DESC. */
export const groupDescReply = listReply(
  "groupDescReply",
  7,
  sized<Group>({
    encode(group, out) {
      out.u8(groupTypes.indexOf(group.type));
      out.zeros(1);
      out.u32(group.id);
      const sizeAt = out.size;
      out.zeros(8);
      encodeBuckets(group.buckets, group.type, sizeAt, out);
      if (group.selection) encodeSelection(group.selection, out);
    },
    decode(body) {
      const value = body.u8();
      const type = groupTypes[value] ?? body.fail({ code: "bad-value", field: "type", value }, 1);
      body.skip(1);
      const id = body.u32();
      const size = body.u16();
      body.skip(6);
      const buckets = decodeBuckets(body.slice(size));
      return groupOf(id, type, buckets, decodeSelection(body));
    },
  }),
);

export interface Counters {
  readonly packets: bigint;
  readonly bytes: bigint;
}

/** Counters of a group and of each bucket, in the order of the buckets. */
export interface GroupStats extends Counters {
  readonly group: number;
  /** How many flows and groups send packets to it. */
  readonly references: number;
  readonly durationMs: number;
  readonly buckets: readonly Counters[];
}

const counters = struct({ packets: u64, bytes: u64 });

export const groupStatsReply = listReply(
  "groupStatsReply",
  6,
  sized<GroupStats>({
    encode(stats, out) {
      out.zeros(2);
      out.u32(stats.group);
      out.u32(stats.references);
      out.zeros(4);
      out.put(counters, stats);
      out.u32(Math.floor(stats.durationMs / 1000));
      out.u32((stats.durationMs % 1000) * 1_000_000);
      for (const bucket of stats.buckets) out.put(counters, bucket);
    },
    decode(body) {
      body.skip(2);
      const group = body.u32();
      const references = body.u32();
      body.skip(4);
      const total = body.get(counters);
      const durationMs = body.u32() * 1000 + Math.floor(body.u32() / 1_000_000);
      const buckets: Counters[] = [];
      while (body.left > 0) buckets.push(body.get(counters));
      return { group, references, ...total, durationMs, buckets };
    },
  }),
);

/** OFPMP_GROUP_FEATURES: per type (all, select, indirect, ff) how many groups and which actions. */
const featuresBody = struct({
  kind: literal("groupFeaturesReply"),
  types: u32,
  capabilities: u32,
  maxAll: u32,
  maxSelect: u32,
  maxIndirect: u32,
  maxFf: u32,
  actionsAll: u32,
  actionsSelect: u32,
  actionsIndirect: u32,
  actionsFf: u32,
});
export type GroupFeatures = WireType<typeof featuresBody>;

export const groupFeaturesRequest = emptyMessage("groupFeaturesRequest", { request: 8 });
export const groupFeaturesReply = fixedMessage<GroupFeatures>(
  "groupFeaturesReply",
  { reply: 8 },
  featuresBody,
);
