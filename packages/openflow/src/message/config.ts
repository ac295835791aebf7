import { literal, struct, u16, type WireType } from "@antrea/wire";
import { emptyMessage, fixedMessage } from "./definition.ts";

/**
 * OFPT_SET_CONFIG and OFPT_GET_CONFIG_REPLY. A connection to Open vSwitch's management socket
 * hears no packet-in, port-status or flow-removed until it sets `missSendLength`.
 */
const fields = { flags: u16, missSendLength: u16 };
const setBody = struct({ kind: literal("setConfig"), ...fields });
const replyBody = struct({ kind: literal("getConfigReply"), ...fields });
export type SetConfig = WireType<typeof setBody>;
export type GetConfigReply = WireType<typeof replyBody>;

export const getConfigRequest = emptyMessage("getConfigRequest", { of: 7 });
export const getConfigReply = fixedMessage<GetConfigReply>("getConfigReply", { of: 8 }, replyBody);
export const setConfig = fixedMessage<SetConfig>("setConfig", { of: 9 }, setBody);
