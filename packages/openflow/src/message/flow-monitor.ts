import type { ByteReader, ByteWriter } from "@antrea/wire";
import { decodeInstructions, encodeInstructions } from "../action/instruction.ts";
import type { Flow } from "../flow/flow.ts";
import type { Match } from "../match/match.ts";
import { decodeMatch, encodeMatch } from "../match/wire.ts";
import { defineMessage, listReply, sized } from "./definition.ts";
import { ANY, allTables } from "./flow-mod.ts";
import { type RemovedReason, removedReasons } from "./flow-removed.ts";

/** OFPMFC_*. */
const commands = ["add", "modify", "delete"] as const;
/** OFPFMF_*, from the least significant bit. */
export const monitorFlags = [
  "initial",
  "add",
  "removed",
  "modify",
  "instructions",
  "no_abbrev",
  "only_own",
] as const;
export type MonitorFlag = (typeof monitorFlags)[number];

/**
 * OFPMP_FLOW_MONITOR request. Open vSwitch 3.1 refuses `no_abbrev` in this form, and refuses
 * with an OpenFlow 1.0 error without xid.
 * Asks to hear of changes of flows (OpenFlow 1.5.1 section 7.3.5.20).
 */
export interface FlowMonitorRequest {
  readonly kind: "flowMonitorRequest";
  readonly id: number;
  readonly command: (typeof commands)[number];
  readonly flags: readonly MonitorFlag[];
  readonly table?: number;
  readonly match: Match;
}

export const flowMonitorRequest = defineMessage<FlowMonitorRequest>({
  kind: "flowMonitorRequest",
  id: { request: 16 },
  encode({ id, command, flags, table, match }, out) {
    out.u32(id);
    out.u32(ANY);
    out.u32(ANY);
    out.u16(flags.reduce((bits, flag) => bits | (1 << monitorFlags.indexOf(flag)), 0));
    out.u8(table ?? allTables);
    out.u8(commands.indexOf(command));
    encodeMatch(match, out);
  },
  decode(body) {
    const id = body.u32();
    body.skip(8);
    const bits = body.u16();
    const table = body.u8();
    const value = body.u8();
    const command = commands[value];
    if (!command) return body.fail({ code: "bad-value", field: "command", value }, 1);
    return {
      kind: "flowMonitorRequest",
      id,
      command,
      flags: monitorFlags.filter((_, i) => bits & (1 << i)),
      ...(table === allTables ? {} : { table }),
      match: decodeMatch(body),
    };
  },
});

/** What a flow monitor says. */
export type FlowUpdate =
  | { readonly event: "initial" | "added" | "modified"; readonly flow: Flow }
  | { readonly event: "removed"; readonly flow: Flow; readonly reason: RemovedReason }
  /** A change that this connection made itself, named by the xid that made it. */
  | { readonly event: "abbreviated"; readonly xid: number }
  /** The switch is out of buffer space and says nothing until `resumed`. */
  | { readonly event: "paused" | "resumed" };

const events = [
  "initial",
  "added",
  "removed",
  "modified",
  "abbreviated",
  "paused",
  "resumed",
] as const;

export const flowMonitorReply = listReply("flowMonitorReply", 16, sized({ encode, decode }));

function encode(update: FlowUpdate, out: ByteWriter): void {
  out.u16(events.indexOf(update.event));
  if (update.event === "abbreviated") out.u32(update.xid);
  else if (update.event === "paused" || update.event === "resumed") out.zeros(4);
  else if ("flow" in update) {
    const { flow } = update;
    out.u8(flow.table);
    out.u8(update.event === "removed" ? removedReasons.indexOf(update.reason) : 0);
    out.u16(flow.idleTimeoutS);
    out.u16(flow.hardTimeoutS);
    out.u16(flow.priority);
    out.zeros(4);
    out.u64(flow.cookie);
    encodeMatch(flow.match, out);
    encodeInstructions(flow.actions, out);
  }
}

function decode(body: ByteReader): FlowUpdate {
  const value = body.u16();
  const event = events[value];
  switch (event) {
    case undefined:
      return body.fail({ code: "bad-value", field: "event", value }, 2);
    case "abbreviated":
      return { event, xid: body.u32() };
    case "paused":
    case "resumed":
      return { event };
    default:
      return decodeFull(event, body);
  }
}

function decodeFull(
  event: "initial" | "added" | "removed" | "modified",
  body: ByteReader,
): FlowUpdate {
  const table = body.u8();
  const reasonValue = body.u8();
  const idleTimeoutS = body.u16();
  const hardTimeoutS = body.u16();
  const priority = body.u16();
  body.skip(4);
  const cookie = body.u64();
  const match = decodeMatch(body);
  const actions = decodeInstructions(body);
  const flow: Flow = {
    table,
    priority,
    cookie,
    match,
    actions,
    idleTimeoutS,
    hardTimeoutS,
    importance: 0,
    flags: [],
  };
  if (event !== "removed") return { event, flow };
  return { event, flow, reason: removedReasons[reasonValue] ?? "delete" };
}
