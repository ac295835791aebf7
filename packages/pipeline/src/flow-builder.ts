import type { Action, FieldMatch, Flow } from "@antrea/openflow/flow";
import * as of from "@antrea/openflow/flow";
import { type CookieCategory, cookieOf, type FlowOwner } from "./cookies.ts";
import type { Table } from "./define-pipeline.ts";
import { tables } from "./tables.ts";

/** Priorities within a table, as Antrea has them: most flows are `normal`. */
export const priorities = {
  /** Before all else: what may not even be asked about. */
  top: 230,
  higher: 220,
  high: 210,
  normal: 200,
  low: 190,
  lower: 180,
  lowest: 100,
  miss: 0,
} as const;
export type PriorityName = keyof typeof priorities;

/**
 * An immutable flow under construction. `match` and `act` give a new builder; `goto`, `drop` and
 * `end` give the flow. The table's contract is the type: a jump that it does not list does not compile.
 */
export interface FlowBuilder<T extends Table> {
  match(...matches: readonly (FieldMatch | readonly FieldMatch[])[]): FlowBuilder<T>;
  act(...actions: readonly Action[]): FlowBuilder<T>;
  /** Hands the packet to a table that this table's contract lists. */
  goto(next: T["next"][number]): Flow;
  /** Ends the packet here, on purpose. */
  drop(): Flow;
  /** Ends with the actions so far; only sensible where they send the packet somewhere. */
  end(): Flow;
}

/** Starts flows that carry the cookie of their feature and owner. */
export type FlowSource = <T extends Table>(
  table: T,
  priority: PriorityName | number,
) => FlowBuilder<T>;

export function flowsOf(category: CookieCategory, owner: FlowOwner): FlowSource {
  const cookie = cookieOf(category, owner);
  return (table, priority) =>
    builder(table, typeof priority === "number" ? priority : priorities[priority], cookie, [], []);
}

function builder<T extends Table>(
  table: T,
  priority: number,
  cookie: bigint,
  matches: readonly FieldMatch[],
  actions: readonly Action[],
): FlowBuilder<T> {
  const flow = (last: readonly Action[]): Flow =>
    of.flow({ table: table.id, priority, cookie, match: matches, actions: last });
  return {
    match: (...more) => builder(table, priority, cookie, matches.concat(more.flat()), actions),
    act: (...more) => builder(table, priority, cookie, matches, actions.concat(more)),
    goto: (next) => flow(actions.concat(of.goto(tables[next as keyof typeof tables].id))),
    drop: () => flow([]),
    end: () => flow(actions),
  };
}
