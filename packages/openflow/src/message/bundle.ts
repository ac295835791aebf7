import { literal, struct, u16, u32, type WireType } from "@antrea/wire";
import { defineMessage, fixedMessage } from "./definition.ts";
import type { FlowMod } from "./flow-mod.ts";
import type { GroupMod } from "./group-mod.ts";
import type { PacketOut } from "./packet-out.ts";

/** OFPBCT_*: asked and answered. */
export const bundleTypes = {
  openRequest: 0,
  openReply: 1,
  closeRequest: 2,
  closeReply: 3,
  commitRequest: 4,
  commitReply: 5,
  discardRequest: 6,
  discardReply: 7,
} as const;

/** OFPBF_*: all or nothing, and in the order written. */
export const bundleFlags = { atomic: 1, ordered: 2 } as const;

/** OFPT_BUNDLE_CONTROL (OpenFlow 1.5.1 section 7.3.9.2). */
const controlBody = struct({
  kind: literal("bundleControl"),
  bundle: u32,
  type: u16,
  flags: u16,
});
export type BundleControl = WireType<typeof controlBody>;

export const bundleControl = fixedMessage<BundleControl>("bundleControl", { of: 33 }, controlBody);

/** What Open vSwitch takes in a bundle (of what this room writes): meters go beside it. */
export type BundledMessage = FlowMod | GroupMod | PacketOut;
const bundled: readonly string[] = ["flowMod", "groupMod", "packetOut"];

/** OFPT_BUNDLE_ADD_MESSAGE: puts a message into a bundle; it is done with the bundle's commit. */
export interface BundleAdd {
  readonly kind: "bundleAdd";
  readonly bundle: number;
  readonly flags: number;
  readonly message: BundledMessage;
}

export const bundleAdd = defineMessage<BundleAdd>({
  kind: "bundleAdd",
  id: { of: 34 },
  encode({ bundle, flags, message }, out, context) {
    out.u32(bundle);
    out.zeros(2);
    out.u16(flags);
    context.encodeWhole(message, context.xid, out);
  },
  decode(body, context) {
    const bundle = body.u32();
    body.skip(2);
    const flags = body.u16();
    const message = context.decodeWhole(body);
    if (!bundled.includes(message.kind)) return body.fail({ code: "unknown-type", type: 34 });
    return { kind: "bundleAdd", bundle, flags, message: message as BundledMessage };
  },
});
