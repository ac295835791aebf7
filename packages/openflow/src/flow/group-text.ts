import { formatActions, parseActions } from "../action/actions.ts";
import { fieldOf } from "../match/fields.ts";
import { requireField } from "../match/parse.ts";
import { formatValue, parseValue } from "../match/value-text.ts";
import { formatPort, type Names, parsePort } from "../names.ts";
import { keyValue, requireNumber, splitTopLevel, textError } from "../text.ts";
import {
  type Bucket,
  type BucketInput,
  type Group,
  group,
  groupTypes,
  type Selection,
} from "./group.ts";

/** As `ovs-ofctl dump-groups` prints it. */
export function formatGroup({ id, type, selection, buckets }: Group, names: Names = {}): string {
  const parts = [`group_id=${id}`, `type=${type}`];
  if (selection) parts.push(formatSelection(selection, names));
  for (const bucket of buckets) parts.push(formatBucket(bucket, type, names));
  return parts.join(",");
}

/** One line a group, by number. */
export function formatGroups(groups: Iterable<Group>, names: Names = {}): string {
  return [...groups]
    .sort((a, b) => a.id - b.id)
    .map((one) => `${formatGroup(one, names)}\n`)
    .join("");
}

function formatSelection({ method, parameter, fields }: Selection, names: Names): string {
  const texts = fields.map(({ field, mask }) =>
    mask === fieldOf(field).exact
      ? field
      : `${field}=${formatValue(fieldOf(field), { value: mask }, names)}`,
  );
  const parts = [`selection_method=${method}`];
  if (parameter !== 0n) parts.push(`selection_method_param=${parameter}`);
  if (texts.length === 1) parts.push(`fields=${texts[0]}`);
  if (texts.length > 1) parts.push(`fields(${texts.join(",")})`);
  return parts.join(",");
}

function formatBucket(bucket: Bucket, type: Group["type"], names: Names): string {
  const { id, weight, watchPort, watchGroup, actions } = bucket;
  const parts = [`bucket_id:${id}`];
  if (weight !== (type === "select" ? 1 : 0)) parts.push(`weight:${weight}`);
  if (watchPort !== undefined) parts.push(`watch_port:${formatPort(watchPort, names)}`);
  if (watchGroup !== undefined) parts.push(`watch_group:${watchGroup}`);
  return `bucket=${parts.join(",")},actions=${formatActions(actions, names)}`;
}

/** Reads what `formatGroup` writes; throws a `FlowTextError`. */
export function parseGroup(text: string, names: Names = {}): Group {
  const [head = "", ...bucketTexts] = text.split(/\bbucket=/);
  let id: number | undefined;
  let type: Group["type"] | undefined;
  let selection: Selection | undefined;
  for (const part of splitTopLevel(head)) {
    const { key, value = "" } = keyValue(part);
    const rest = selection ?? { method: "hash", parameter: 0n, fields: [] };
    if (key === "group_id") id = requireNumber(value, "a group", 0xffffff00);
    else if (key === "type") type = groupTypes.find((t) => t === value) ?? badType(value);
    else if (key === "selection_method") selection = { ...rest, method: methodOf(value) };
    else if (key === "selection_method_param") selection = { ...rest, parameter: BigInt(value) };
    else if (key === "fields" || part.startsWith("fields("))
      selection = { ...rest, fields: parseFields(part, names) };
    else textError(`Expected a setting of a group, saw "${part}"`);
  }
  if (id === undefined || !type) textError(`Expected "group_id=" and "type=" in "${text}"`);
  const buckets = bucketTexts.map((one) => parseBucket(one, names));
  return group({ id, type, buckets, ...(selection ? { selection } : {}) });
}

function badType(text: string): never {
  return textError(`Expected one of ${groupTypes.join(", ")}, saw "${text}"`);
}

function methodOf(text: string): Selection["method"] {
  if (text === "hash" || text === "dp_hash") return text;
  return textError(`Expected selection method hash or dp_hash, saw "${text}"`);
}

function parseFields(text: string, names: Names): Selection["fields"] {
  const list = /^fields(?:=|\()(.*?)\)?$/s.exec(text)?.[1] ?? "";
  return splitTopLevel(list).map((part) => {
    const { key, value } = keyValue(part);
    const field = requireField(key);
    const mask = value === undefined ? field.exact : parseValue(field, value, names)?.value;
    return {
      field: field.name,
      mask: mask ?? textError(`Expected a mask of ${key}, saw "${part}"`),
    };
  });
}

function parseBucket(text: string, names: Names): BucketInput {
  const trimmed = text.replace(/,\s*$/, "");
  const at = /\bactions?[=:]/.exec(trimmed);
  const head = at ? trimmed.slice(0, at.index) : trimmed;
  const actionText = at ? trimmed.slice(at.index + at[0].length) : "drop";
  const bucket: { -readonly [K in keyof BucketInput]: BucketInput[K] } = {
    actions: parseActions(actionText, names),
  };
  for (const part of splitTopLevel(head)) {
    const { key, value } = keyValue(part);
    if (key === "bucket_id") bucket.id = requireNumber(value, key, 0xffffff00);
    else if (key === "weight") bucket.weight = requireNumber(value, key, 0xffff);
    else if (key === "watch_port")
      bucket.watchPort =
        parsePort(value ?? "", names) ?? textError(`Expected a port, saw "${value}"`);
    else if (key === "watch_group") bucket.watchGroup = requireNumber(value, key, 0xffffff00);
    else textError(`Expected a setting of a bucket, saw "${part}"`);
  }
  return bucket;
}
