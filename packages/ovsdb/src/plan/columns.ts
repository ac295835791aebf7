import type { Row, RowValues, Table } from "../schema/table.ts";
import { deleteKeys, insertInto, type Mutation } from "../transaction/operation.ts";

/** Those of `wanted` in which the row differs; undefined if it differs in none. */
export function changedColumns<T extends Table>(
  table: T,
  row: Row<T>,
  wanted: RowValues<T>,
): RowValues<T> | undefined {
  const have = row as Readonly<Record<string, unknown>>;
  const changed = Object.entries(wanted).filter(
    ([name, value]) => !table.columns[name]?.equal(have[name], value),
  );
  return changed.length === 0 ? undefined : (Object.fromEntries(changed) as RowValues<T>);
}

/** What makes a map column have the pairs of `wanted`, less the keys that are undefined there; other keys stay. */
export function mergePairs<T extends Table, K extends keyof T["columns"] & string>(
  table: T,
  column: K,
  before: ReadonlyMap<string, string>,
  wanted: Readonly<Record<string, string | undefined>> = {},
): readonly Mutation[] {
  const changed = Object.entries(wanted).filter(([key, value]) => before.get(key) !== value);
  const stale = changed.map(([key]) => key).filter((key) => before.has(key));
  const fresh = changed.filter((pair): pair is [string, string] => pair[1] !== undefined);
  return [
    ...(stale.length > 0 ? [deleteKeys(column, stale)] : []),
    ...(fresh.length > 0
      ? [insertInto(table, column, fresh as unknown as NonNullable<RowValues<T>[K]>)]
      : []),
  ];
}

/** The pairs of a record that have a value. */
export function pairsOf(
  record: Readonly<Record<string, string | undefined>> = {},
): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(record).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}
