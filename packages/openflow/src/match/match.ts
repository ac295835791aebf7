import { invariant } from "@antrea/base";
import { widePort } from "../names.ts";
import { type FieldName, fieldOf } from "./fields.ts";
import type { RegIndex } from "./registers.ts";
import { impliedBy, missingPrerequisite } from "./prerequisites.ts";

/** One condition on a packet: the bits of `field` that `mask` has set equal those of `value`. */
export interface FieldMatch {
  readonly field: FieldName;
  /** Bits outside the mask are zero. */
  readonly value: bigint;
  /** Absent for an exact match; never zero. */
  readonly mask?: bigint;
}

/**
 * Which packets a flow takes: all conditions hold. Canonical, so that equal matches have equal
 * entries: ordered as Open vSwitch prints them, one entry a field, 32-bit registers only,
 * VLAN as `vlan_vid` and `vlan_pcp`, DSCP as `ip_dscp`, prerequisites explicit.
 */
export type Match = readonly FieldMatch[];

/** A condition in canonical form; undefined if it matches everything. */
export function fieldMatch(
  field: FieldName,
  value: bigint,
  mask: bigint = fieldOf(field).exact,
): FieldMatch {
  const { exact } = fieldOf(field);
  invariant((value & ~exact) === 0n, `${value} fits ${field}`);
  const bits = mask & exact;
  return bits === exact ? { field, value } : { field, value: value & bits, mask: bits };
}

export function maskOfMatch(match: FieldMatch): bigint {
  return match.mask ?? fieldOf(match.field).exact;
}

/**
 * The canonical match of these conditions. Adds the prerequisites that they imply
 * (`tcp_dst` implies `nw_proto`, `ip_dst` implies `eth_type`); throws where a condition
 * contradicts another or where a prerequisite is open (`tcp_dst` of IPv4 or of IPv6?).
 */
export function matchOf(...conditions: readonly FieldMatch[]): Match {
  const merged = mergeAll(conditions);
  invariant(merged, "The conditions of a match agree with each other");
  // A map's iteration takes in what is added on the way, so implied conditions imply in turn.
  for (const field of merged.keys()) for (const implied of impliedBy(field)) merge(merged, implied);
  const missing = missingPrerequisite(merged);
  invariant(missing === undefined, missing ?? "");
  return sorted(merged);
}

/** The same for what a switch reports: nothing is added. Undefined where conditions contradict. */
export function canonicalMatch(conditions: readonly FieldMatch[]): Match | undefined {
  const ordered: FieldMatch[] = [];
  let isDistinct = true;
  for (const condition of conditions) {
    if (isReducible(condition.field))
      for (const part of reduced(condition)) isDistinct = insert(ordered, part) && isDistinct;
    else isDistinct = insert(ordered, condition) && isDistinct;
  }
  if (isDistinct) return ordered;
  const merged = mergeAll(conditions);
  return merged && sorted(merged);
}

/** Puts the condition in its place; false if its field is there already. Matches are short, and mostly in order. */
function insert(ordered: FieldMatch[], condition: FieldMatch): boolean {
  if (condition.mask === 0n) return true;
  const rank = rankOf(condition);
  let at = ordered.length;
  while (at > 0 && rankOf(ordered[at - 1] as FieldMatch) > rank) at--;
  const isNew = at === 0 || (ordered[at - 1] as FieldMatch).field !== condition.field;
  ordered.splice(at, 0, condition);
  return isNew;
}

/** Undefined where conditions contradict. */
function mergeAll(conditions: readonly FieldMatch[]): Map<FieldName, FieldMatch> | undefined {
  const merged = new Map<FieldName, FieldMatch>();
  for (const condition of conditions) {
    const parts = isReducible(condition.field) ? reduced(condition) : [condition];
    for (const part of parts) if (!merge(merged, part)) return undefined;
  }
  return merged;
}

function sorted(merged: ReadonlyMap<FieldName, FieldMatch>): Match {
  return [...merged.values()].toSorted((a, b) => rankOf(a) - rankOf(b)); // as long as it has to be: flows are kept
}

function isReducible(field: FieldName): boolean {
  return field[0] === "x" || field === "vlan_tci" || field === "nw_tos" || field === "in_port";
}

/** The condition on `field`, if the match has one. */
export function findMatch(match: Match, field: FieldName): FieldMatch | undefined {
  return match.find((m) => m.field === field);
}

/** Whether the condition agrees with those that are there. */
function merge(into: Map<FieldName, FieldMatch>, condition: FieldMatch): boolean {
  const mask = maskOfMatch(condition);
  if (mask === 0n) return true;
  const before = into.get(condition.field);
  if (!before) {
    into.set(condition.field, condition);
    return true;
  }
  const shared = maskOfMatch(before) & mask;
  const both = fieldMatch(
    condition.field,
    before.value | condition.value,
    maskOfMatch(before) | mask,
  );
  into.set(condition.field, both);
  return (before.value & shared) === (condition.value & shared);
}

function rankOf(match: FieldMatch): number {
  return fieldOf(match.field).rank;
}

/** Wide registers as 32-bit ones, a VLAN tag as its two fields, the TOS octet as its DSCP. */
function reduced(condition: FieldMatch): readonly FieldMatch[] {
  const { field: name } = condition;
  if (name.startsWith("xreg")) return registersOf(condition, 2);
  if (name.startsWith("xxreg")) return registersOf(condition, 4);
  if (name === "vlan_tci") return tagOf(condition);
  if (name === "nw_tos") return [fieldMatch("ip_dscp", condition.value >> 2n)];
  if (name === "in_port")
    return [fieldMatch("in_port_oxm", BigInt(widePort(Number(condition.value))))];
  return [condition];
}

function registersOf(condition: FieldMatch, count: 2 | 4): readonly FieldMatch[] {
  const parts: FieldMatch[] = [];
  let { value } = condition;
  let mask = maskOfMatch(condition);
  let index = Number(condition.field.replace(/^\D+/, "")) * count + count - 1;
  for (let i = 0; i < count; i++, index--, value >>= 32n, mask >>= 32n) {
    const bits = mask & 0xffffffffn;
    if (bits !== 0n)
      parts.unshift(fieldMatch(`reg${index as RegIndex}`, value & 0xffffffffn, bits));
  }
  return parts;
}

function tagOf(condition: FieldMatch): readonly FieldMatch[] {
  const mask = maskOfMatch(condition);
  const parts = [fieldMatch("vlan_vid", condition.value & 0x1fffn, mask & 0x1fffn)];
  if (mask >> 13n === 7n) parts.push(fieldMatch("vlan_pcp", condition.value >> 13n));
  return parts;
}
