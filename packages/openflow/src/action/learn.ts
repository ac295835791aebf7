import type { ByteReader, ByteWriter } from "@antrea/wire";
import { fieldOf } from "../match/fields.ts";
import { decodeFieldAndOffset, encodeFieldAndOffset, type Subfield } from "../match/subfield.ts";
import { decodeFieldId, decodeUint, encodeFieldId, encodeUint } from "../match/wire.ts";
import { defineAction } from "./definition.ts";
import { formatLearn, parseLearn } from "./learn-text.ts";

/** What a learned flow takes over: a part of the packet, or a constant. */
export type LearnSource = { readonly from: Subfield } | { readonly value: bigint };

/** One thing that a learned flow does: match, write, or send the packet to the port that a field names. */
export type LearnSpec =
  | ({ readonly kind: "match"; readonly to: Subfield } & LearnSource)
  | ({ readonly kind: "load"; readonly to: Subfield } & LearnSource)
  | { readonly kind: "output"; readonly from: Subfield };

/** NXAST_LEARN and NXAST_LEARN2: adds or changes a flow made of parts of the packet. */
export interface Learn {
  readonly kind: "learn";
  readonly table: number;
  readonly idleTimeoutS: number;
  readonly hardTimeoutS: number;
  /** What the time-outs become after a TCP FIN or RST; 0 leaves one alone. */
  readonly finIdleTimeoutS: number;
  readonly finHardTimeoutS: number;
  readonly priority: number;
  readonly cookie: bigint;
  readonly sendFlowRemoved: boolean;
  /** Whether the learned flows go when this flow goes. */
  readonly deleteLearned: boolean;
  /** How many flows may be learned; 0 for any number. */
  readonly limit: number;
  /** One bit that says whether the flow could be learned. */
  readonly result?: Subfield;
  readonly specs: readonly LearnSpec[];
}

const flag = { sendFlowRemoved: 1, deleteLearned: 2, writeResult: 4 } as const;

/** NX_LEARN_*: a spec's header has its source kind, its destination kind and its width. */
const SRC_IMMEDIATE = 1 << 13;
const DST = { match: 0, load: 1 << 11, output: 2 << 11 } as const;
const DST_MASK = 3 << 11;
const WIDTH_MASK = 0x3ff;

export const learn = defineAction<Learn>({
  kind: "learn",
  words: ["learn"],
  forms: [
    {
      id: { nx: 16 },
      fits: ({ limit, result }) => limit === 0 && result === undefined,
      encode(action, out) {
        encodeHead(action, out);
        for (const spec of action.specs) encodeSpec(spec, out);
      },
      decode(body) {
        const { head } = decodeHead(body);
        return { ...head, specs: decodeSpecs(body) };
      },
    },
    {
      id: { nx: 45 },
      encode(action, out) {
        encodeHead(action, out);
        out.u32(action.limit);
        out.u16(action.result?.offset ?? 0);
        out.zeros(2);
        if (action.result) encodeFieldId(fieldOf(action.result.field), out);
        for (const spec of action.specs) encodeSpec(spec, out);
      },
      decode(body) {
        const { head, flags } = decodeHead(body);
        const limit = body.u32();
        const offset = body.u16();
        body.skip(2);
        const result: Pick<Learn, "result"> =
          flags & flag.writeResult
            ? { result: { field: decodeFieldId(body).name, offset, bits: 1 } }
            : {};
        return { ...head, limit, ...result, specs: decodeSpecs(body) };
      },
    },
  ],
  format: formatLearn,
  parse: parseLearn,
});

function encodeHead(action: Learn, out: ByteWriter): void {
  out.u16(action.idleTimeoutS);
  out.u16(action.hardTimeoutS);
  out.u16(action.priority);
  out.u64(action.cookie);
  out.u16(
    (action.sendFlowRemoved ? flag.sendFlowRemoved : 0) |
      (action.deleteLearned ? flag.deleteLearned : 0) |
      (action.result ? flag.writeResult : 0),
  );
  out.u8(action.table);
  out.zeros(1);
  out.u16(action.finIdleTimeoutS);
  out.u16(action.finHardTimeoutS);
}

function decodeHead(body: ByteReader): { head: Omit<Learn, "specs">; flags: number } {
  const idleTimeoutS = body.u16();
  const hardTimeoutS = body.u16();
  const priority = body.u16();
  const cookie = body.u64();
  const flags = body.u16();
  const table = body.u8();
  body.skip(1);
  const head = {
    kind: "learn" as const,
    table,
    idleTimeoutS,
    hardTimeoutS,
    finIdleTimeoutS: body.u16(),
    finHardTimeoutS: body.u16(),
    priority,
    cookie,
    sendFlowRemoved: (flags & flag.sendFlowRemoved) !== 0,
    deleteLearned: (flags & flag.deleteLearned) !== 0,
    limit: 0,
  };
  return { head, flags };
}

function encodeSpec(spec: LearnSpec, out: ByteWriter): void {
  const { bits } = spec.kind === "output" ? spec.from : spec.to;
  const isImmediate = "value" in spec;
  out.u16(bits | DST[spec.kind] | (isImmediate ? SRC_IMMEDIATE : 0));
  if (isImmediate) encodeUint(spec.value, 2 * Math.ceil(bits / 16), out);
  else encodeFieldAndOffset(spec.from, out);
  if (spec.kind !== "output") encodeFieldAndOffset(spec.to, out);
}

function decodeSpecs(body: ByteReader): readonly LearnSpec[] {
  const specs: LearnSpec[] = [];
  while (body.left >= 2) {
    const header = body.u16();
    if (header === 0) break;
    specs.push(decodeSpec(header, body));
  }
  return specs;
}

function decodeSpec(header: number, body: ByteReader): LearnSpec {
  const bits = header & WIDTH_MASK;
  const source: LearnSource =
    header & SRC_IMMEDIATE
      ? { value: decodeUint(2 * Math.ceil(bits / 16), body) }
      : { from: decodeFieldAndOffset(bits, body) };
  switch (header & DST_MASK) {
    case DST.match:
      return { kind: "match", to: decodeFieldAndOffset(bits, body), ...source };
    case DST.load:
      return { kind: "load", to: decodeFieldAndOffset(bits, body), ...source };
    default:
      if ("from" in source) return { kind: "output", from: source.from };
      return body.fail({ code: "bad-value", field: "learn spec", value: header });
  }
}
