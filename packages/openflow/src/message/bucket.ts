import { invariant } from "@antrea/base";
import type { ByteReader, ByteWriter } from "@antrea/wire";
import { actionLists } from "../action/actions.ts";
import type { Bucket, Group, Selection } from "../flow/group.ts";
import { fieldOf } from "../match/fields.ts";
import { decodeOxm, encodeOxm } from "../match/wire.ts";
import { putProperty, readProperties } from "../properties.ts";

/** OFPGBPT_*. */
const bucketProperty = { weight: 0, watchPort: 1, watchGroup: 2 } as const;
const ANY = 0xffffffff;

/** `struct ofp_bucket` (OpenFlow 1.5.1 section 7.3.4.4.1). */
export function encodeBucket(bucket: Bucket, type: Group["type"], out: ByteWriter): void {
  const start = out.size;
  out.u16(0);
  out.u16(0);
  out.u32(bucket.id);
  actionLists.encode(bucket.actions, out);
  out.setU16(start + 2, out.size - start - 8);
  if (type === "select" || bucket.weight !== 0) {
    putProperty(bucketProperty.weight, out, () => {
      out.u16(bucket.weight);
      out.zeros(2);
    });
  }
  const { watchPort = ANY, watchGroup = ANY } = bucket;
  if (watchPort !== ANY) putProperty(bucketProperty.watchPort, out, () => out.u32(watchPort));
  if (watchGroup !== ANY) putProperty(bucketProperty.watchGroup, out, () => out.u32(watchGroup));
  out.setU16(start, out.size - start);
}

export function decodeBucket(body: ByteReader): Bucket {
  const length = body.u16();
  if (length < 8) body.fail({ code: "bad-length", declared: length }, 2);
  const inner = body.slice(length - 2);
  const actionsSize = inner.u16();
  const id = inner.u32();
  const actions = actionLists.decode(inner.slice(actionsSize));
  const bucket: { -readonly [K in keyof Bucket]: Bucket[K] } = { id, weight: 0, actions };
  for (const { type, value } of readProperties(inner)) {
    if (type === bucketProperty.weight) bucket.weight = value.u16();
    else if (type === bucketProperty.watchPort) setUnlessAny(bucket, "watchPort", value.u32());
    else if (type === bucketProperty.watchGroup) setUnlessAny(bucket, "watchGroup", value.u32());
  }
  return bucket;
}

function setUnlessAny(
  bucket: { -readonly [K in keyof Bucket]: Bucket[K] },
  key: "watchPort" | "watchGroup",
  value: number,
): void {
  if (value !== ANY) bucket[key] = value;
}

const EXPERIMENTER = 0xffff;
const NTR_VENDOR = 0x0000154d;
const SELECTION_METHOD = 1;
const METHOD_SIZE = 16;

/** The selection method, a Netronome extension (`struct ntr_group_prop_selection_method`). */
export function encodeSelection({ method, parameter, fields }: Selection, out: ByteWriter): void {
  putProperty(EXPERIMENTER, out, () => {
    out.u32(NTR_VENDOR);
    out.u32(SELECTION_METHOD);
    out.zeros(4);
    out.bytes(new TextEncoder().encode(method));
    out.zeros(METHOD_SIZE - method.length);
    out.u64(parameter);
    // The value of each TLV is the mask: which bits of the field go into the hash.
    for (const { field, mask } of fields) encodeOxm({ field, value: mask }, out);
  });
}

export function decodeSelection(body: ByteReader): Selection | undefined {
  for (const { type, value } of readProperties(body)) {
    if (type !== EXPERIMENTER || value.u32() !== NTR_VENDOR) continue;
    if (value.u32() !== SELECTION_METHOD) continue;
    value.skip(4);
    const text = new TextDecoder().decode(value.bytes(METHOD_SIZE)).replace(/\0.*$/s, "");
    const parameter = value.u64();
    const fields: { field: Selection["fields"][number]["field"]; mask: bigint }[] = [];
    while (value.left > 0) {
      const oxm = decodeOxm(value);
      if (oxm) fields.push({ field: oxm.field, mask: oxm.value });
    }
    fields.sort((a, b) => fieldOf(a.field).rank - fieldOf(b.field).rank);
    if (text === "") return undefined;
    return { method: text === "dp_hash" ? "dp_hash" : "hash", parameter, fields };
  }
  return undefined;
}

/** A list of buckets that says its size beforehand, at `sizeAt`. */
export function encodeBuckets(
  buckets: readonly Bucket[],
  type: Group["type"],
  sizeAt: number,
  out: ByteWriter,
): void {
  const start = out.size;
  for (const bucket of buckets) encodeBucket(bucket, type, out);
  invariant(out.size - start <= 0xffff, `${buckets.length} buckets fit one message`);
  out.setU16(sizeAt, out.size - start);
}

export function decodeBuckets(body: ByteReader): readonly Bucket[] {
  const buckets: Bucket[] = [];
  while (body.left > 0) buckets.push(decodeBucket(body));
  return buckets;
}
