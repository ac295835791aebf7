import { invariant } from "@antrea/base";
import type { ByteReader, ByteWriter } from "@antrea/wire";
import { OXM_EXPERIMENTER } from "./field.ts";
import { type Field, fieldOf, findExperimenterOxm, findOxm } from "./fields.ts";
import { canonicalMatch, type FieldMatch, fieldMatch, type Match } from "./match.ts";

/** The header of one OXM TLV (OpenFlow 1.5.1 section 7.2.3.2). */
export interface OxmHeader {
  /** Undefined for a field that this room does not know. */
  readonly field: Field | undefined;
  readonly isMasked: boolean;
  /** Of what follows the header: value and mask, in bytes. */
  readonly size: number;
}

export function encodeOxmHeader(field: Field, isMasked: boolean, out: ByteWriter): void {
  const [oxmClass, number, experimenter] = field.oxm;
  const payload = (isMasked ? 2 : 1) * field.size + (experimenter === undefined ? 0 : 4);
  out.u16(oxmClass);
  out.u8((number << 1) | (isMasked ? 1 : 0));
  out.u8(payload);
  if (experimenter !== undefined) out.u32(experimenter);
}

export function decodeOxmHeader(body: ByteReader): OxmHeader {
  const oxmClass = body.u16();
  const numberAndMask = body.u8();
  const length = body.u8();
  const number = numberAndMask >> 1;
  const isMasked = (numberAndMask & 1) !== 0;
  if (oxmClass !== OXM_EXPERIMENTER)
    return { field: findOxm(oxmClass, number), isMasked, size: length };
  if (length < 4) body.fail({ code: "bad-length", declared: length }, 1);
  return { field: findExperimenterOxm(body.u32(), number), isMasked, size: length - 4 };
}

/** The header as the 32-bit number by which Nicira actions name a field: the NXM one where there is one. */
export function encodeFieldId({ name, oxm, also, size }: Field, out: ByteWriter): void {
  invariant(oxm[2] === undefined, `${name} can be named in an action`);
  const [oxmClass, number] = also ?? oxm;
  out.u16(oxmClass);
  out.u8(number << 1);
  out.u8(size);
}

export function decodeFieldId(body: ByteReader): Field {
  const start = body.at;
  const { field } = decodeOxmHeader(body);
  if (field) return field;
  return body.fail({ code: "unknown-type", type: body.view.getUint32(start) }, body.at - start);
}

/** An unsigned number of `size` bytes, at most sixteen. */
export function encodeUint(value: bigint, size: number, out: ByteWriter): void {
  switch (size) {
    case 1:
      out.u8(Number(value));
      return;
    case 2:
      out.u16(Number(value));
      return;
    case 4:
      out.u32(Number(value));
      return;
    case 8:
      out.u64(value);
      return;
    case 16:
      out.u64(value >> 64n);
      out.u64(value & 0xffffffffffffffffn);
      return;
    default:
      for (let shift = 8 * (size - 1); shift >= 0; shift -= 8)
        out.u8(Number((value >> BigInt(shift)) & 0xffn));
  }
}

export function decodeUint(size: number, body: ByteReader): bigint {
  switch (size) {
    case 1:
      return BigInt(body.u8());
    case 2:
      return BigInt(body.u16());
    case 4:
      return BigInt(body.u32());
    case 6:
      return BigInt(body.u16() * 0x100000000 + body.u32());
    case 8:
      return body.u64();
    case 16:
      return (body.u64() << 64n) | body.u64();
    default: {
      let value = 0n;
      for (let i = 0; i < size; i++) value = (value << 8n) | BigInt(body.u8());
      return value;
    }
  }
}

/** One TLV: header, value, and the mask where it is not exact. */
export function encodeOxm({ field: name, value, mask }: FieldMatch, out: ByteWriter): void {
  const field = fieldOf(name);
  encodeOxmHeader(field, mask !== undefined, out);
  encodeUint(value, field.size, out);
  if (mask !== undefined) encodeUint(mask, field.size, out);
}

/** One TLV; undefined (and stepped over) for a field that this room does not know. */
export function decodeOxm(body: ByteReader): FieldMatch | undefined {
  const { field, isMasked, size } = decodeOxmHeader(body);
  if (!field) {
    body.skip(size);
    return undefined;
  }
  const width = isMasked ? size / 2 : size;
  if (width !== field.size && field.name !== "in_port")
    body.fail({ code: "bad-length", declared: size });
  const value = decodeUint(width, body);
  if (!isMasked && value > field.exact)
    body.fail({ code: "bad-value", field: field.name, value: Number(value) }, width);
  const mask = isMasked ? decodeUint(width, body) & field.exact : field.exact;
  return mask === field.exact
    ? { field: field.name, value }
    : fieldMatch(field.name, value & mask, mask);
}

/** The TLVs of a match, without header and padding: what later ones depend on goes first. */
export function encodeOxms(match: Match, out: ByteWriter): void {
  for (const condition of match) if (isPrerequisite(condition)) encodeOxm(condition, out);
  for (const condition of match) if (!isPrerequisite(condition)) encodeOxm(condition, out);
}

export function decodeOxms(body: ByteReader): Match {
  const conditions: FieldMatch[] = [];
  while (body.left > 0) {
    const condition = decodeOxm(body);
    if (condition) conditions.push(condition);
  }
  return (
    canonicalMatch(conditions) ??
    body.fail({ code: "bad-value", field: "match", value: conditions.length })
  );
}

const OFPMT_OXM = 1;

/** `struct ofp_match`: type, length, TLVs, padded to eight bytes. */
export function encodeMatch(match: Match, out: ByteWriter): void {
  const start = out.size;
  out.u16(OFPMT_OXM);
  out.u16(0);
  encodeOxms(match, out);
  out.setU16(start + 2, out.size - start);
  out.pad(8, start);
}

export function decodeMatch(body: ByteReader): Match {
  const type = body.u16();
  if (type !== OFPMT_OXM) body.fail({ code: "unknown-type", type }, 2);
  const length = body.u16();
  if (length < 4) body.fail({ code: "bad-length", declared: length }, 2);
  const match = decodeOxms(body.slice(length - 4));
  body.skip((8 - (length % 8)) % 8);
  return match;
}

function isPrerequisite({ field }: FieldMatch): boolean {
  return field === "eth_type" || field === "nw_proto";
}
