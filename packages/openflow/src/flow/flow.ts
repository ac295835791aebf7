import { diffKeyed, invariant, type KeyedChange } from "@antrea/base";
import type { Action } from "../action/actions.ts";
import { type FieldMatch, type Match, matchOf } from "../match/match.ts";

/** What a flow may ask of the switch besides its actions (OpenFlow 1.5.1, `ofp_flow_mod_flags`). */
export const flowFlags = [
  "send_flow_rem",
  "check_overlap",
  "reset_counts",
  "no_packet_counts",
  "no_byte_counts",
] as const;
export type FlowFlag = (typeof flowFlags)[number];

/** An OpenFlow entry in canonical form: what is sent, and what the switch reports back. */
export interface Flow {
  readonly table: number;
  readonly priority: number;
  readonly cookie: bigint;
  readonly match: Match;
  /** Instructions among them (`goto`, `writeMetadata` …) are last. Empty: drop. */
  readonly actions: readonly Action[];
  /** 0: never. */
  readonly idleTimeoutS: number;
  readonly hardTimeoutS: number;
  /** Which flows go first when a table is full; the least important ones. */
  readonly importance: number;
  readonly flags: readonly FlowFlag[];
}

/** What `flow` needs to be told; the rest has defaults. */
export interface FlowInput {
  readonly table: number;
  /** 32768 if absent, as in OpenFlow. */
  readonly priority?: number;
  readonly cookie?: bigint;
  readonly match?: readonly FieldMatch[];
  readonly actions?: readonly Action[];
  readonly idleTimeoutS?: number;
  readonly hardTimeoutS?: number;
  readonly importance?: number;
  readonly flags?: readonly FlowFlag[];
}

export const defaultPriority = 32768;
const noFlags: readonly FlowFlag[] = [];

/** The order in which instructions are executed and reported (OpenFlow 1.5.1 section 5.5). */
const instructionRank: { readonly [kind in Action["kind"]]?: number } = {
  clearActions: 1,
  writeActions: 2,
  writeMetadata: 3,
  goto: 4,
};

/** A flow in canonical form. Throws where the match contradicts itself or a number is out of range. */
export function flow(input: FlowInput): Flow {
  const { table, priority = defaultPriority, cookie = 0n } = input;
  invariant(table >= 0 && table <= 254, `${table} is a table`);
  invariant(priority >= 0 && priority <= 0xffff, `${priority} is a priority`);
  return {
    table,
    priority,
    cookie,
    match: matchOf(...(input.match ?? [])),
    actions: canonicalActions(input.actions ?? []),
    idleTimeoutS: input.idleTimeoutS ?? 0,
    hardTimeoutS: input.hardTimeoutS ?? 0,
    importance: input.importance ?? 0,
    flags: canonicalFlags(input.flags ?? noFlags),
  };
}

export function canonicalActions(actions: readonly Action[]): readonly Action[] {
  const rank = (action: Action) => instructionRank[action.kind] ?? 0;
  const isSorted = actions.every((a, i) => i === 0 || rank(a) >= rank(actions[i - 1] as Action));
  return isSorted ? actions : actions.toSorted((a, b) => rank(a) - rank(b));
}

export function isInstruction(action: Action): boolean {
  return instructionRank[action.kind] !== undefined;
}

export function canonicalFlags(flags: readonly FlowFlag[]): readonly FlowFlag[] {
  return flags.length === 0 ? noFlags : flowFlags.filter((flag) => flags.includes(flag));
}

/**
 * What makes two flows the same entry of a switch: table, priority and match. It is joined and not added up,
 * since keys are kept, and what a string was added up from is kept with it.
 */
export function flowKey({ table, priority, match }: Flow): string {
  const parts = match.map(({ field, value, mask }) =>
    mask === undefined ? `${field}=${value}` : `${field}=${value}/${mask}`,
  );
  return [table, priority, ...parts].join();
}

/** Flags that order something once and are not kept with the flow. */
const momentary: readonly FlowFlag[] = ["check_overlap", "reset_counts"];

/** Whether a switch that has `a` needs no change to have `b`. */
export function sameFlow(a: Flow, b: Flow): boolean {
  return (
    a.table === b.table &&
    a.priority === b.priority &&
    sameValue(a.match, b.match) &&
    sameContent(a, b)
  );
}

/** The same of two flows that have the same key. */
function sameContent(a: Flow, b: Flow): boolean {
  return (
    a.cookie === b.cookie &&
    a.idleTimeoutS === b.idleTimeoutS &&
    a.hardTimeoutS === b.hardTimeoutS &&
    a.importance === b.importance &&
    sameValue(keptFlags(a), keptFlags(b)) &&
    sameValue(a.actions, b.actions)
  );
}

function keptFlags({ flags }: Flow): readonly FlowFlag[] {
  return flags.length === 0 ? flags : flags.filter((flag) => !momentary.includes(flag));
}

/** What turns one set of flows into another. */
export type FlowChange = KeyedChange<string, Flow>;

/** Compares what the switch has with what it should have. */
export function diffFlows(observed: Iterable<Flow>, desired: Iterable<Flow>): FlowChange {
  return diffKeyed(byKey(observed), byKey(desired), sameContent);
}

function byKey(flows: Iterable<Flow>): ReadonlyMap<string, Flow> {
  const map = new Map<string, Flow>();
  for (const one of flows) map.set(flowKey(one), one);
  return map;
}

/** Structural equality of plain values: canonical forms make it the equality of meaning. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!sameValue(a[i], b[i])) return false;
    return true;
  }
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  let count = 0;
  for (const key in left) {
    if (!(key in right) || !sameValue(left[key], right[key])) return false;
    count++;
  }
  for (const _ in right) count--;
  return count === 0;
}
