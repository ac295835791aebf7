import { diffKeyed } from "@antrea/base";
import { renderElements, renderRemoval, renderTable } from "./render.ts";
import { elementChanges, type NftShape, sameButElements, sameShape, shapeOf } from "./shape.ts";
import type { NftTable } from "./table.ts";

/** What turns the tables that are there into those that should be. */
export interface NftChange {
  readonly add: readonly { readonly key: string; readonly value: NftTable }[];
  readonly modify: readonly {
    readonly key: string;
    readonly before: NftShape;
    readonly value: NftTable;
  }[];
  readonly remove: readonly { readonly key: string; readonly before: NftShape }[];
}

export function diffNft(
  observed: ReadonlyMap<string, NftShape>,
  desired: ReadonlyMap<string, NftTable>,
): NftChange {
  const shapes = new Map(Array.from(desired, ([key, table]) => [key, shapeOf(table)]));
  const change = diffKeyed(observed, shapes, sameShape);
  const withTable = <E extends { readonly key: string }>(entry: E) => {
    const value = desired.get(entry.key);
    return value ? [{ ...entry, value }] : [];
  };
  return {
    add: change.add.flatMap(withTable),
    modify: change.modify.flatMap(withTable),
    remove: change.remove,
  };
}

/**
 * One transaction for all of it. A table of which only set elements differ keeps its rules, counters
 * and hooks; any other difference replaces the table whole, without a moment in which it is not there.
 */
export function renderNftChange(change: NftChange): string {
  return [
    ...change.add.map(({ value }) => renderTable(value)),
    ...change.modify.flatMap(({ before, value }) => renderModification(before, value)),
    ...change.remove.map(({ before }) => renderRemoval(before)),
    "",
  ].join("\n");
}

function renderModification(before: NftShape, table: NftTable): readonly string[] {
  const after = shapeOf(table);
  if (!sameButElements(before, after)) return [renderTable(table)];
  return elementChanges(before, after).flatMap(({ set, add, remove }) => [
    ...(remove.length > 0
      ? [renderElements("delete", table, { name: set, elements: remove })]
      : []),
    ...(add.length > 0 ? [renderElements("add", table, { name: set, elements: add })] : []),
  ]);
}
