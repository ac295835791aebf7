import { invariant } from "@antrea/base";
import type { Row, Table } from "../schema/table.ts";
import type { Uuid } from "../schema/uuid.ts";
import { decodeRow, equalRows, type OnBadValue, patchRow } from "./decode-row.ts";
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

  const changeOf = (update: RowUpdate, store: TableStore): RowChange => {
    const { table, uuid } = update;
    const before = store.rows.get(uuid);
    const onBadValue = (column: string, error: Error): void =>
      onProblem(`${table}.${column} of ${uuid}: ${error.message}`);
    return { table, uuid, before, row: rowAfter(store.table, update, before, onBadValue) };
  };
  const changesOf = (updates: readonly RowUpdate[]): readonly RowChange[] =>
    updates.flatMap((update) => {
      const store = stores.get(update.table);
      return store ? [changeOf(update, store)] : [];
    });
  const fits = ({ table, uuid, kind }: RowUpdate): boolean =>
    kind === "insert" || kind === "initial" || (stores.get(table)?.rows.has(uuid) ?? true);
  const differs = ({ table, before, row }: RowChange): boolean => {
    const store = stores.get(table);
    return !(store && before && row && equalRows(store.table, before, row));
  };
  const commit = (changes: readonly RowChange[]): void => {
    if (changes.length === 0) return;
    for (const store of stores.values())
      store.commit(changes.filter((c) => c.table === store.table.name));
    for (const listener of Array.from(listeners)) listener(changes);
  };

  return {
    replica: readingSide(stores, listeners),
    apply(updates) {
      if (!updates.every(fits)) return false;
      commit(changesOf(updates).filter(differs));
      return true;
    },
    replace(updates) {
      const seen = new Set(updates.map(({ uuid }) => uuid));
      const gone = [...stores.values()].flatMap(({ table, rows }) =>
        [...rows].flatMap(([uuid, before]) =>
          seen.has(uuid) ? [] : [{ table: table.name, uuid, before, row: undefined }],
        ),
      );
      const whole = updates.map((update): RowUpdate => ({ ...update, kind: "initial" }));
      commit([...changesOf(whole).filter(differs), ...gone]);
    },
  };
}

function readingSide(
  stores: ReadonlyMap<string, TableStore>,
  listeners: Set<(change: ReplicaChange) => void>,
): Replica {
  const storeOf = (table: Table): TableStore => {
    const store = stores.get(table.name);
    invariant(store, `table ${table.name} is monitored`);
    invariant(
      store.table === table || Object.keys(table.columns).every((c) => c in store.table.columns),
      `all columns asked of ${table.name} are monitored`,
    );
    return store;
  };
  return {
    rows: (table) => storeOf(table).rows as ReadonlyMap<Uuid, Row<typeof table>>,
    find: (table, uuid) => storeOf(table).rows.get(uuid) as Row<typeof table> | undefined,
    findBy: (table, index, value) =>
      storeOf(table).findBy(index, value) as Row<typeof table> | undefined,
    findOnly: (table) => storeOf(table).rows.values().next().value as Row<typeof table> | undefined,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function rowAfter(
  table: Table,
  { uuid, kind, row }: RowUpdate,
  before: Row<Table> | undefined,
  onBadValue: OnBadValue,
): Row<Table> | undefined {
  if (kind === "delete") return undefined;
  return kind === "modify" && before
    ? patchRow(table, before, row, onBadValue)
    : decodeRow(table, uuid, row, onBadValue);
}
