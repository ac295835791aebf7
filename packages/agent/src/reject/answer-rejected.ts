import { ofPorts } from "@antrea/net";
import type { PacketIn, PacketOut } from "@antrea/openflow";
import * as of from "@antrea/openflow/flow";
import { rejectAnswerActions, rejectMark } from "@antrea/pipeline";
import { hex } from "../paths/probe-frame.ts";
import { rejectFrame } from "./reject-frame.ts";

/** What to send for a packet-in that a rule's Reject made; undefined where it is none, or none is due. */
export function answerRejected(packetIn: PacketIn): Omit<PacketOut, "kind"> | undefined {
  if (hex(packetIn.userdata) !== rejectMark) return undefined;
  const packet = rejectFrame(packetIn.packet);
  return (
    packet && {
      metadata: of.matchOf(of.inPort(ofPorts.controller)),
      actions: rejectAnswerActions(packetIn.metadata),
      packet,
    }
  );
}
