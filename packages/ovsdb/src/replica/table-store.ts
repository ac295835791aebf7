import type { Row, Table } from "../schema/table.ts";
import type { Uuid } from "../schema/uuid.ts";
import type { RowChange } from "./replica.ts";

/** The rows of one table, with its indexes. */
export interface TableStore {
  readonly table: Table;
  readonly rows: ReadonlyMap<Uuid, Row<Table>>;
  findBy(index: string, value: unknown): Row<Table> | undefined;
  /** Takes changes of this table: what goes leaves the indexes before what comes enters them. */
  commit(changes: readonly RowChange[]): void;
}

export function tableStore(table: Table): TableStore {
  const rows = new Map<Uuid, Row<Table>>();
  const indexes = new Map(table.indexes.map((column) => [column, new Map<unknown, Row<Table>>()]));

  return {
    table,
    rows,
    findBy: (index, value) => indexes.get(index)?.get(value),
    commit(changes) {
      for (const { uuid, before, row } of changes) {
        if (row) rows.set(uuid, row);
        else rows.delete(uuid);
        for (const [column, index] of indexes) if (before) index.delete(before[column]);
      }
      for (const { row } of changes)
        for (const [column, index] of indexes) if (row) index.set(row[column], row);
    },
  };
}
