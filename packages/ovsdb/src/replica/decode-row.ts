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
  const row: Record<string, unknown> = { uuid };
  for (const [name, column] of Object.entries(table.columns))
    row[name] =
      json[name] === undefined
        ? column.empty
        : guarded(name, column.empty, onBadValue, () => column.decode(json[name]));
  return Object.freeze(row) as Row<T>;
}

/** The row after a "modify": `json` has differences for the columns that changed. */
export function patchRow<T extends Table>(
  table: T,
  before: Row<T>,
  json: Readonly<Record<string, unknown>>,
  onBadValue: OnBadValue,
): Row<T> {
  const row: Record<string, unknown> = { ...before };
  for (const [name, column] of Object.entries(table.columns))
    if (json[name] !== undefined)
      row[name] = guarded(name, row[name], onBadValue, () => column.patch(row[name], json[name]));
  return Object.freeze(row) as Row<T>;
}

/** Whether both have the same value in every column that the table knows. */
export function equalRows<T extends Table>(table: T, a: Row<T>, b: Row<T>): boolean {
  const [left, right]: readonly Readonly<Record<string, unknown>>[] = [a, b];
  return Object.entries(table.columns).every(([name, column]) =>
    column.equal(left?.[name], right?.[name]),
  );
}

function guarded(name: string, fallback: unknown, onBadValue: OnBadValue, read: () => unknown) {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    onBadValue(name, error);
    return fallback;
  }
}
