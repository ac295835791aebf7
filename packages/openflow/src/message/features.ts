import { literal, padding, struct, u32, u64, u8, type WireType } from "@antrea/wire";
import { emptyMessage, fixedMessage } from "./definition.ts";

export const featuresRequest = emptyMessage("featuresRequest", { of: 5 });

/** OFPT_FEATURES_REPLY. */
const body = struct({
  kind: literal("featuresReply"),
  datapathId: u64,
  buffers: u32,
  tables: u8,
  auxiliaryId: u8,
  pad: padding(2),
  capabilities: u32,
  reserved: u32,
});
export type Features = WireType<typeof body>;

export const featuresReply = fixedMessage<Features>("featuresReply", { of: 6 }, body);
