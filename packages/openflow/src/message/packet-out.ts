import { type Action, actionLists } from "../action/actions.ts";
import type { Match } from "../match/match.ts";
import { decodeMatch, encodeMatch } from "../match/wire.ts";
import { defineMessage } from "./definition.ts";

/** OFPT_PACKET_OUT: gives the switch a packet and says what to do with it. */
export interface PacketOut {
  readonly kind: "packetOut";
  /** in_port, and registers or tunnel fields that the packet starts with. */
  readonly metadata: Match;
  readonly actions: readonly Action[];
  readonly packet: Uint8Array;
}

const NO_BUFFER = 0xffffffff;

export const packetOut = defineMessage<PacketOut>({
  kind: "packetOut",
  id: { of: 13 },
  encode({ metadata, actions, packet }, out) {
    out.u32(NO_BUFFER);
    const sizeAt = out.size;
    out.zeros(4);
    encodeMatch(metadata, out);
    const start = out.size;
    actionLists.encode(actions, out);
    out.setU16(sizeAt, out.size - start);
    out.bytes(packet);
  },
  decode(body) {
    body.skip(4);
    const size = body.u16();
    body.skip(2);
    const metadata = decodeMatch(body);
    const actions = actionLists.decode(body.slice(size));
    return { kind: "packetOut", metadata, actions, packet: body.bytes(body.left) };
  },
});
