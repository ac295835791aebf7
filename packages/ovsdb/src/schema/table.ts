import type { Column } from "./column.ts";
import type { Uuid } from "./uuid.ts";

// any: a column both gives and takes its types
// oxlint-disable-next-line typescript/no-explicit-any
export type Columns = Readonly<Record<string, Column<any, any>>>;

/** A table and those of its columns that we know, as data; row types follow from it. */
export interface Table<C extends Columns = Columns, Index extends string = string> {
  readonly name: string;
  readonly columns: C;
  /** Columns by which the replica finds rows without a search. */
  readonly indexes: readonly Index[];
}

/** A row as the replica holds it: every column has a value. */
export type Row<T extends Table> = { readonly uuid: Uuid } & {
  readonly [K in keyof T["columns"]]: T["columns"][K] extends Column<infer R, infer _> ? R : never;
};

/** Values to write: only the columns named are touched. */
export type RowValues<T extends Table> = {
  readonly [K in keyof T["columns"]]?: T["columns"][K] extends Column<infer _, infer W> ? W : never;
};

export function defineTable<const C extends Columns, const I extends keyof C & string = never>(
  name: string,
  columns: C,
  { indexes = [] }: { readonly indexes?: readonly I[] } = {},
): Table<C, I> {
  return { name, columns, indexes };
}

/** The same table with fewer columns, for a monitor that need not see all. */
export function pickColumns<C extends Columns, I extends string, const K extends keyof C & string>(
  table: Table<C, I>,
  ...names: readonly K[]
): Table<Pick<C, K>, I & K> {
  const columns = Object.fromEntries(names.map((n) => [n, table.columns[n]])) as unknown as Pick<
    C,
    K
  >;
  const indexes = table.indexes.filter((i) => i in columns) as unknown as readonly (I & K)[];
  return { name: table.name, columns, indexes };
}
