import { invariant } from "@antrea/base";

/** What flows of one table may match, write and jump to, and what happens to a packet that no flow matches. */
export interface TableContract {
  readonly means: string;
  readonly miss: "drop" | "next";
  readonly next: readonly string[];
}

export interface Table<Name extends string = string, Next extends string = string> {
  readonly name: Name;
  /** Its OpenFlow number: its place in the list. */
  readonly id: number;
  readonly means: string;
  readonly miss: "drop" | "next";
  readonly next: readonly Next[];
}

export type PipelineOf<C extends Record<string, TableContract>> = {
  readonly [K in keyof C & string]: Table<K, C[K]["next"][number]>;
};

/**
 * Numbers the tables in the order written. A packet only moves down the list: a `next` that points
 * up, to itself or nowhere fails here, when the module loads.
 */
export function definePipeline<const C extends Record<string, TableContract>>(
  contracts: C & { [K in keyof C]: { next: readonly (keyof C)[] } },
): PipelineOf<C> {
  const names = Object.keys(contracts);
  const tables = names.map((name, id) => {
    const { means, miss, next } = contracts[name as keyof C] as TableContract;
    for (const target of next)
      invariant(
        names.indexOf(target) > id,
        `${name} hands on to a table below it, not to ${target}`,
      );
    invariant(miss === "drop" || next.length > 0, `${name} has a next table for what misses`);
    return [name, Object.freeze({ name, id, means, miss, next })] as const;
  });
  return Object.freeze(Object.fromEntries(tables)) as unknown as PipelineOf<C>;
}
