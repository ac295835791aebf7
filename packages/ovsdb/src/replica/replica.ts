import { invariant } from "@antrea/base";
import type { Row, Table } from "../schema/table.ts";
import type { Uuid } from "../schema/uuid.ts";
import { decodeRow, equalRows, patchRow } from "./decode-row.ts";
import { type TableStore, tableStore } from "./table-store.ts";
import type { RowUpdate } from "./table-updates.ts";

/** A row that differs from before: `before` undefined means new, `row` undefined means deleted. */
export interface RowChange<T extends Table = Table> {
  readonly table: string;
  readonly uuid: Uuid;
  readonly before: Row<T> | undefined;
  readonly row: Row<T> | undefined;
}

/** All that one transaction of the database changed, or that was missed while the connection was down. */
export type ReplicaChange = readonly RowChange[];

/**
 * The monitored part of the database, in memory. It changes only by what the server says: while the
 * connection is down it keeps what it had.
 */
export interface Replica {
  rows<T extends Table>(table: T): ReadonlyMap<Uuid, Row<T>>;
  find<T extends Table>(table: T, uuid: Uuid): Row<T> | undefined;
  /** The row in which an indexed column of the table (see its `indexes`) has this value. */
  findBy<T extends Table>(
    table: T,
    index: T["indexes"][number],
    value: unknown,
  ): Row<T> | undefined;
  /** The one row of a table that has exactly one, as Open_vSwitch; undefined before the first synchronisation. */
  findOnly<T extends Table>(table: T): Row<T> | undefined;
  /** Calls back after each change, once all of it is in; returns how to stop that. */
  onChange(listener: (change: ReplicaChange) => void): () => void;
}

/** The writing side, for the owner of the monitor. */
export interface ReplicaWriter {
  readonly replica: Replica;
  /** Applies increments. Returns false, having changed nothing, if they do not fit: synchronise anew. */
  apply(updates: readonly RowUpdate[]): boolean;
  /** The whole content: what differs is a change, what is absent was deleted. */
  replace(updates: readonly RowUpdate[]): void;
}

export interface ReplicaOptions {
  readonly tables: readonly Table[];
  /** Told of values that are not of their column's type; the column keeps what it had. */
  readonly onProblem: (reason: string) => void;
}

export function replicaWriter({ tables, onProblem }: ReplicaOptions): ReplicaWriter {
  const stores = new Map(tables.map((table) => [table.name, tableStore(table)]));
  const listeners = new Set<(change: ReplicaChange) => void>();

  const storeOf = (table: Table): TableStore => {
    const store = stores.get(table.name);
    invariant(store, `table ${table.name} is monitored`);
    invariant(
      store.table === table || Object.keys(table.columns).every((c) => c in store.table.columns),
      `all columns asked of ${table.name} are monitored`,
    );
    return store;
  };

  const rowAfter = (store: TableStore, update: RowUpdate, before: Row<Table> | undefined) => {
    const onBadValue = (column: string, error: Error): void =>
      onProblem(`${update.table}.${column} of ${update.uuid}: ${error.message}`);
    if (update.kind === "delete") return undefined;
    if (update.kind === "modify" && before)
      return patchRow(store.table, before, update.row, onBadValue);
    return decodeRow(store.table, update.uuid, update.row, onBadValue);
  };

  const commit = (changes: readonly RowChange[]): void => {
    if (changes.length === 0) return;
    for (const store of stores.values())
      store.commit(changes.filter((c) => c.table === store.table.name));
    for (const listener of [...listeners]) listener(changes);
  };

  const fits = ({ table, uuid, kind }: RowUpdate): boolean =>
    kind === "insert" ||
    kind === "initial" ||
    !stores.has(table) ||
    stores.get(table)?.rows.has(uuid) === true;

  return {
    replica: {
      rows: (table) => storeOf(table).rows as ReadonlyMap<Uuid, Row<typeof table>>,
      find: (table, uuid) => storeOf(table).rows.get(uuid) as Row<typeof table> | undefined,
      findBy: (table, index, value) =>
        storeOf(table).findBy(index, value) as Row<typeof table> | undefined,
      findOnly: (table) =>
        storeOf(table).rows.values().next().value as Row<typeof table> | undefined,
      onChange(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    apply(updates) {
      if (!updates.every(fits)) return false;
      const changes: RowChange[] = [];
      for (const update of updates) {
        const store = stores.get(update.table);
        if (!store) continue;
        const before = store.rows.get(update.uuid);
        const row = rowAfter(store, update, before);
        changes.push({ table: update.table, uuid: update.uuid, before, row });
      }
      commit(changes);
      return true;
    },
    replace(updates) {
      const changes: RowChange[] = [];
      const seen = new Set<Uuid>();
      for (const update of updates) {
        const store = stores.get(update.table);
        if (!store) continue;
        seen.add(update.uuid);
        const before = store.rows.get(update.uuid);
        const row = rowAfter(store, update, undefined);
        if (before && row && equalRows(store.table, before, row)) continue;
        changes.push({ table: update.table, uuid: update.uuid, before, row });
      }
      for (const { table, rows } of stores.values())
        for (const [uuid, before] of rows)
          if (!seen.has(uuid)) changes.push({ table: table.name, uuid, before, row: undefined });
      commit(changes);
    },
  };
}
