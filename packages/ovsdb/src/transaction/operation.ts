/** The operations of RFC 7047 section 5.2, typed by the table that they touch. */
import type { Json } from "../json.ts";
import type { Column } from "../schema/column.ts";
import type { Columns, RowValues, Table } from "../schema/table.ts";
import type { NamedUuid, Uuid } from "../schema/uuid.ts";

/** One step of a transaction, as it goes over the wire. */
export interface Operation {
  readonly op: string;
  readonly [member: string]: Json;
}

/** A clause of `where`: column, function, value. */
export type Condition = readonly [column: string, fn: ConditionFunction, value: Json];
export type ConditionFunction = "==" | "!=" | "<" | "<=" | ">" | ">=" | "includes" | "excludes";
/** A clause of `mutate`: column, mutator, value. */
export type Mutation = readonly [column: string, mutator: string, value: Json];

/** Every row. */
export const anyRow: readonly Condition[] = [];

export function byUuid(uuid: Uuid): readonly Condition[] {
  return [["_uuid", "==", ["uuid", uuid]]];
}

/** Rows in which each column given equals its value. */
export function matching<T extends Table>(table: T, values: RowValues<T>): readonly Condition[] {
  return Object.entries(encodeRow(table, values)).map(([column, value]) => [column, "==", value]);
}

/** A clause with any other function than equality. */
export function condition<T extends Table, K extends keyof T["columns"] & string>(
  table: T,
  column: K,
  fn: ConditionFunction,
  value: NonNullable<RowValues<T>[K]>,
): Condition {
  return [column, fn, columnOf(table, column).encode(value)];
}

/** `as` names the new row for other operations of the same transaction. */
export function insert<T extends Table>(table: T, row: RowValues<T>, as?: NamedUuid): Operation {
  return {
    op: "insert",
    table: table.name,
    row: encodeRow(table, row),
    ...(as ? { "uuid-name": as.named } : {}),
  };
}

/** Sets the columns given in every row that meets `where`. */
export function update<T extends Table>(
  table: T,
  where: readonly Condition[],
  row: RowValues<T>,
): Operation {
  return { op: "update", table: table.name, where, row: encodeRow(table, row) };
}

export function mutate(
  table: Table,
  where: readonly Condition[],
  mutations: readonly Mutation[],
): Operation {
  return { op: "mutate", table: table.name, where, mutations };
}

/** Adds values to a set, or pairs to a map; a key that the map has keeps its value. */
export function insertInto<T extends Table, K extends keyof T["columns"] & string>(
  table: T,
  column: K,
  values: NonNullable<RowValues<T>[K]>,
): Mutation {
  return [column, "insert", columnOf(table, column).encode(values)];
}

/** Takes values out of a set, or exactly these pairs out of a map. */
export function deleteFrom<T extends Table, K extends keyof T["columns"] & string>(
  table: T,
  column: K,
  values: NonNullable<RowValues<T>[K]>,
): Mutation {
  return [column, "delete", columnOf(table, column).encode(values)];
}

/** Takes keys out of a map, whatever their values. */
export function deleteKeys(column: string, keys: Iterable<string | number>): Mutation {
  return [column, "delete", ["set", [...keys]]];
}

/** Adds to an integer. */
export function increase(column: string, amount: number): Mutation {
  return [column, "+=", amount];
}

export function deleteRows(table: Table, where: readonly Condition[]): Operation {
  return { op: "delete", table: table.name, where };
}

/** Reads inside the transaction; `rowsOf` decodes the result. */
export function select<C extends Columns>(
  table: Table<C>,
  where: readonly Condition[],
  columns: readonly (keyof C & string)[] = Object.keys(table.columns),
): Operation {
  return { op: "select", table: table.name, where, columns: ["_uuid", ...columns] };
}

export interface WaitFor<T extends Table> {
  readonly where: readonly Condition[];
  /** What the columns named here must be ("==") or must not be ("!=") in those rows. */
  readonly rows: readonly RowValues<T>[];
  readonly until: "==" | "!=";
  /** After this the transaction fails with "timed out". With 0 it is a guard: now, or nothing happens. */
  readonly timeoutMs: number;
}

/** Holds the transaction until the database is as said. */
export function wait<T extends Table>(
  table: T,
  { where, rows, until, timeoutMs }: WaitFor<T>,
): Operation {
  const encoded = rows.map((row) => encodeRow(table, row));
  const columns = [...new Set(encoded.flatMap((row) => Object.keys(row)))];
  return {
    op: "wait",
    table: table.name,
    where,
    until,
    columns,
    rows: encoded,
    timeout: timeoutMs,
  };
}

/** Fails the transaction unless this client holds the lock. */
export function assertLock(lock: string): Operation {
  return { op: "assert", lock };
}

/** A note in the database's log, for `ovsdb-tool show-log`. */
export function comment(text: string): Operation {
  return { op: "comment", comment: text };
}

/** Commits only once the transaction is on disk. */
export const durable: Operation = { op: "commit", durable: true };

function encodeRow(
  table: Table,
  row: Readonly<Record<string, unknown>>,
): Readonly<Record<string, Json>> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, columnOf(table, name).encode(value)]),
  );
}

function columnOf(table: Table, name: string): Column<unknown, unknown> {
  const column = table.columns[name];
  if (!column) throw new TypeError(`Table ${table.name} has no column ${name}`);
  return column;
}
