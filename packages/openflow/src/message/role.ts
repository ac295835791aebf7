import { literal, padding, struct, u32, u64, type WireType } from "@antrea/wire";
import { fixedMessage } from "./definition.ts";

/** OFPCR_ROLE_*: what a controller may do. */
export const roles = { noChange: 0, equal: 1, primary: 2, secondary: 3 } as const;

const requestBody = struct({
  kind: literal("roleRequest"),
  role: u32,
  pad: padding(4),
  generation: u64,
});
const replyBody = struct({
  kind: literal("roleReply"),
  role: u32,
  pad: padding(4),
  generation: u64,
});
export type RoleRequest = WireType<typeof requestBody>;
export type RoleReply = WireType<typeof replyBody>;

export const roleRequest = fixedMessage<RoleRequest>("roleRequest", { of: 24 }, requestBody);
export const roleReply = fixedMessage<RoleReply>("roleReply", { of: 25 }, replyBody);
