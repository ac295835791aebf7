import { decodeInstructions, encodeInstructions } from "../action/instruction.ts";
import { canonicalFlags, type Flow, type FlowFlag, flowFlags } from "../flow/flow.ts";
import { decodeMatch, encodeMatch } from "../match/wire.ts";
import { defineMessage } from "./definition.ts";

/** In the order of their numbers on the wire. */
export const flowModCommands = ["add", "modify", "modifyStrict", "delete", "deleteStrict"] as const;
export type FlowModCommand = (typeof flowModCommands)[number];

/** OFPT_FLOW_MOD (OpenFlow 1.5.1 section 7.3.4.3). */
export interface FlowMod {
  readonly kind: "flowMod";
  readonly command: FlowModCommand;
  /** For a delete: what the flows to delete look like; table 255 says all tables. */
  readonly flow: Flow;
  /** Restricts modify and delete to flows whose cookie has these bits of the flow's cookie. */
  readonly cookieMask: bigint;
  /** Restricts a delete to flows that send packets there. */
  readonly outPort: number;
  readonly outGroup: number;
}

export const ANY = 0xffffffff;
export const allTables = 255;
const NO_BUFFER = 0xffffffff;

export function flowModOf(command: FlowModCommand, flow: Flow): FlowMod {
  return { kind: "flowMod", command, flow, cookieMask: 0n, outPort: ANY, outGroup: ANY };
}

export const flowMod = defineMessage<FlowMod>({
  kind: "flowMod",
  id: { of: 14 },
  encode({ command, flow, cookieMask, outPort, outGroup }, out) {
    out.u64(flow.cookie);
    out.u64(cookieMask);
    out.u8(flow.table);
    out.u8(flowModCommands.indexOf(command));
    out.u16(flow.idleTimeoutS);
    out.u16(flow.hardTimeoutS);
    out.u16(flow.priority);
    out.u32(NO_BUFFER);
    out.u32(outPort);
    out.u32(outGroup);
    out.u16(encodeFlags(flow.flags));
    out.u16(flow.importance);
    encodeMatch(flow.match, out);
    encodeInstructions(flow.actions, out);
  },
  decode(body) {
    const cookie = body.u64();
    const cookieMask = body.u64();
    const table = body.u8();
    const value = body.u8();
    const command = flowModCommands[value];
    if (!command) return body.fail({ code: "bad-value", field: "command", value }, 1);
    const idleTimeoutS = body.u16();
    const hardTimeoutS = body.u16();
    const priority = body.u16();
    body.skip(4);
    const outPort = body.u32();
    const outGroup = body.u32();
    const flags = decodeFlags(body.u16());
    const importance = body.u16();
    const match = decodeMatch(body);
    const actions = decodeInstructions(body);
    return {
      kind: "flowMod",
      command,
      flow: {
        table,
        priority,
        cookie,
        match,
        actions,
        idleTimeoutS,
        hardTimeoutS,
        importance,
        flags,
      },
      cookieMask,
      outPort,
      outGroup,
    };
  },
});

export function encodeFlags(flags: readonly FlowFlag[]): number {
  return flags.reduce((bits, flag) => bits | (1 << flowFlags.indexOf(flag)), 0);
}

export function decodeFlags(bits: number): readonly FlowFlag[] {
  return bits === 0 ? canonicalFlags([]) : flowFlags.filter((_, i) => bits & (1 << i));
}
