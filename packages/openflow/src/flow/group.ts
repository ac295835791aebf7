import { diffKeyed, invariant, type KeyedChange } from "@antrea/base";
import type { Action } from "../action/actions.ts";
import { type FieldName, fieldOf } from "../match/fields.ts";
import { sameValue } from "./flow.ts";

/** How a group uses its buckets (OpenFlow 1.5.1, `ofp_group_type`). */
export const groupTypes = ["all", "select", "indirect", "ff"] as const;
export type GroupType = (typeof groupTypes)[number];

/** One of the things that a group may do to a packet. */
export interface Bucket {
  /** Unique in the group. */
  readonly id: number;
  /** Share of the packets of a `select` group; 0 in other groups. */
  readonly weight: number;
  readonly watchPort?: number;
  readonly watchGroup?: number;
  readonly actions: readonly Action[];
}

/** How Open vSwitch picks a bucket of a `select` group; by default a hash of the addresses and ports. */
export interface Selection {
  readonly method: "hash" | "dp_hash";
  /** Of the method: the basis of the hash. */
  readonly parameter: bigint;
  /** Bits of the packet that go into the hash; in the canonical order. */
  readonly fields: readonly { readonly field: FieldName; readonly mask: bigint }[];
}

export interface Group {
  readonly id: number;
  readonly type: GroupType;
  readonly selection?: Selection;
  readonly buckets: readonly Bucket[];
}

export interface BucketInput {
  /** Its place in the list if absent. */
  readonly id?: number;
  /** 1 in a `select` group if absent. */
  readonly weight?: number;
  readonly watchPort?: number;
  readonly watchGroup?: number;
  readonly actions: readonly Action[];
}

export interface GroupInput {
  readonly id: number;
  readonly type: GroupType;
  readonly selection?: Selection;
  readonly buckets: readonly BucketInput[];
}

/** A group in canonical form. Throws where a number is out of range or a bucket id comes twice. */
export function group({ id, type, selection, buckets }: GroupInput): Group {
  invariant(id >= 0 && id <= 0xffffff00, `${id} is a group`);
  const full = buckets.map((bucket, i) => ({
    ...bucket,
    id: bucket.id ?? i,
    weight: bucket.weight ?? (type === "select" ? 1 : 0),
  }));
  invariant(new Set(full.map((b) => b.id)).size === full.length, `Buckets of group ${id} differ`);
  invariant(!selection || type === "select", `Group ${id} selects only if its type is select`);
  if (!selection) return { id, type, buckets: full };
  const fields = selection.fields.toSorted((a, b) => fieldOf(a.field).rank - fieldOf(b.field).rank);
  return { id, type, selection: { ...selection, fields }, buckets: full };
}

export function sameGroup(a: Group, b: Group): boolean {
  return sameValue(a, b);
}

export type GroupChange = KeyedChange<number, Group>;

export function diffGroups(observed: Iterable<Group>, desired: Iterable<Group>): GroupChange {
  return diffKeyed(byId(observed), byId(desired), sameGroup);
}

function byId(groups: Iterable<Group>): ReadonlyMap<number, Group> {
  return new Map(Array.from(groups, (one) => [one.id, one]));
}
