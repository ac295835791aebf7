import { ValueError } from "../schema/atom.ts";
import type { Row, Table } from "../schema/table.ts";
import type { Uuid } from "../schema/uuid.ts";

/** Told of a column whose value is not of its type; the column keeps what it had. */
export type OnBadValue = (column: string, error: ValueError) => void;

/** A row of the columns that `json` has; the others are empty, as the server leaves such out. */
export function decodeRow<T extends Table>(
  table: T,
  uuid: Uuid,
  json: Readonly<Record<string, unknown>>,
  onBadValue: OnBadValue,
): Row<T> {
  return buildRow(table, uuid, onBadValue, (name, column) =>
    json[name] === undefined ? column.empty : column.decode(json[name]),
  );
}

/** The row after a "modify": `json` has differences for the columns that changed. */
export function patchRow<T extends Table>(
  table: T,
  before: Row<T>,
  json: Readonly<Record<string, unknown>>,
  onBadValue: OnBadValue,
): Row<T> {
  const values = before as Readonly<Record<string, unknown>>;
  return buildRow(
    table,
    before.uuid,
    onBadValue,
    (name, column) =>
      json[name] === undefined ? values[name] : column.patch(values[name], json[name]),
    values,
  );
}

/** Whether both have the same value in every column that the table knows. */
export function equalRows<T extends Table>(table: T, a: Row<T>, b: Row<T>): boolean {
  const [left, right] = [a, b] as readonly Readonly<Record<string, unknown>>[];
  return Object.entries(table.columns).every(([name, column]) =>
    column.equal(left?.[name], right?.[name]),
  );
}

function buildRow<T extends Table>(
  table: T,
  uuid: Uuid,
  onBadValue: OnBadValue,
  valueOf: (name: string, column: T["columns"][string]) => unknown,
  fallback: Readonly<Record<string, unknown>> = {},
): Row<T> {
  const row: Record<string, unknown> = { uuid };
  for (const [name, column] of Object.entries(table.columns)) {
    try {
      row[name] = valueOf(name, column as T["columns"][string]);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      onBadValue(name, error);
      row[name] = name in fallback ? fallback[name] : column.empty;
    }
  }
  return Object.freeze(row) as Row<T>;
}
