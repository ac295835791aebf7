import { excerpt, isObject } from "../json.ts";
import { parseUuid, type Uuid } from "../schema/uuid.ts";

/** What became of one row, as update2 and update3 say it (ovsdb-server(7) section 4.1.14). */
export interface RowUpdate {
  readonly table: string;
  readonly uuid: Uuid;
  readonly kind: "initial" | "insert" | "modify" | "delete";
  /** The row, or its differences; empty for "delete". */
  readonly row: Readonly<Record<string, unknown>>;
}

const kinds = ["initial", "insert", "modify", "delete"] as const;

/** Flattens a `table-updates2`. What cannot be read is reported and left out. */
export function parseTableUpdates(
  json: unknown,
  onProblem: (reason: string) => void,
): readonly RowUpdate[] {
  const updates: RowUpdate[] = [];
  for (const [table, rows] of entriesOf(json, onProblem)) {
    for (const [id, update] of entriesOf(rows, onProblem)) {
      const uuid = parseUuid(id);
      const kind = kinds.find((k) => isObject(update) && k in update);
      if (!uuid || !kind || !isObject(update)) {
        onProblem(`update of ${table} row ${id} is ${excerpt(update)}`);
        continue;
      }
      const row = update[kind];
      updates.push({ table, uuid, kind, row: isObject(row) ? row : {} });
    }
  }
  return updates;
}

function entriesOf(
  json: unknown,
  onProblem: (reason: string) => void,
): readonly [string, unknown][] {
  if (isObject(json)) return Object.entries(json);
  onProblem(`an object of updates expected, got ${excerpt(json)}`);
  return [];
}
