import type { ByteReader, ByteWriter } from "@antrea/wire";
import { decodeInstructions, encodeInstructions } from "../action/instruction.ts";
import type { Flow } from "../flow/flow.ts";
import type { Match } from "../match/match.ts";
import { decodeMatch, encodeMatch } from "../match/wire.ts";
import { defineMessage, listReply, type MessageDefinition, sized } from "./definition.ts";
import { ANY, allTables, decodeFlags, encodeFlags } from "./flow-mod.ts";
import { decodeStats, encodeStats, type FlowCounters } from "./oxs.ts";

/** Which flows a request is about; absent parts restrict nothing. */
export interface FlowFilter {
  readonly table?: number;
  readonly match?: Match;
  readonly cookie?: bigint;
  readonly cookieMask?: bigint;
  readonly outPort?: number;
  readonly outGroup?: number;
}

interface FlowRequest<K extends "flowStatsRequest" | "aggregateRequest"> {
  readonly kind: K;
  readonly filter: FlowFilter;
}

function flowRequest<const K extends "flowStatsRequest" | "aggregateRequest">(
  kind: K,
  request: number,
): MessageDefinition<FlowRequest<K>> {
  return defineMessage<FlowRequest<K>>({
    kind,
    id: { request },
    encode({ filter }, out) {
      out.u8(filter.table ?? allTables);
      out.zeros(3);
      out.u32(filter.outPort ?? ANY);
      out.u32(filter.outGroup ?? ANY);
      out.zeros(4);
      out.u64(filter.cookie ?? 0n);
      out.u64(filter.cookieMask ?? 0n);
      encodeMatch(filter.match ?? [], out);
    },
    decode: (body) => ({ kind, filter: decodeFilter(body) }),
  });
}

function decodeFilter(body: ByteReader): FlowFilter {
  const table = body.u8();
  body.skip(3);
  const outPort = body.u32();
  const outGroup = body.u32();
  body.skip(4);
  const cookie = body.u64();
  const cookieMask = body.u64();
  const match = decodeMatch(body);
  return {
    ...(table === allTables ? {} : { table }),
    ...(outPort === ANY ? {} : { outPort }),
    ...(outGroup === ANY ? {} : { outGroup }),
    ...(cookieMask === 0n ? {} : { cookie, cookieMask }),
    ...(match.length === 0 ? {} : { match }),
  };
}

/** OFPMP_FLOW_DESC, which Open vSwitch answers also with statistics. */
export const flowStatsRequest = flowRequest("flowStatsRequest", 1);
export const aggregateRequest = flowRequest("aggregateRequest", 2);

/** A flow as the switch has it. */
export interface FlowStats extends FlowCounters {
  readonly flow: Flow;
}

export const flowStatsReply = listReply("flowStatsReply", 1, sized({ encode, decode }));

function encode(stats: FlowStats, out: ByteWriter): void {
  const { flow } = stats;
  out.zeros(2);
  out.u8(flow.table);
  out.zeros(1);
  out.u16(flow.priority);
  out.u16(flow.idleTimeoutS);
  out.u16(flow.hardTimeoutS);
  out.u16(encodeFlags(flow.flags));
  out.u16(flow.importance);
  out.u64(flow.cookie);
  encodeMatch(flow.match, out);
  encodeStats(stats, out);
  encodeInstructions(flow.actions, out);
}

function decode(body: ByteReader): FlowStats {
  body.skip(2);
  const table = body.u8();
  body.skip(1);
  const priority = body.u16();
  const idleTimeoutS = body.u16();
  const hardTimeoutS = body.u16();
  const flags = decodeFlags(body.u16());
  const importance = body.u16();
  const cookie = body.u64();
  const match = decodeMatch(body);
  const { packets, bytes, durationMs, idleS } = decodeStats(body);
  const actions = decodeInstructions(body);
  const flow: Flow = {
    table,
    priority,
    cookie,
    match,
    actions,
    idleTimeoutS,
    hardTimeoutS,
    importance,
    flags,
  };
  return idleS === undefined
    ? { flow, packets, bytes, durationMs }
    : { flow, packets, bytes, durationMs, idleS };
}

export interface AggregateReply extends FlowCounters {
  readonly kind: "aggregateReply";
}

export const aggregateReply = defineMessage<AggregateReply>({
  kind: "aggregateReply",
  id: { reply: 2 },
  encode: (counters, out) => encodeStats(counters, out),
  decode: (body) => ({ kind: "aggregateReply", ...decodeStats(body) }),
});
