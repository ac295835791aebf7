import { canonicalElement, markedRules } from "./render.ts";
import type { NftBaseChain, NftFamily, NftTable } from "./table.ts";

/** All that decides whether two tables are the same, as text that a listing and a wish both give. */
export interface NftShape {
  readonly family: NftFamily;
  readonly name: string;
  /** By name: type and flags. */
  readonly sets: ReadonlyMap<
    string,
    { readonly kind: string; readonly elements: ReadonlySet<string> }
  >;
  /** By name: where the chain is hooked, and the mark of each of its rules in order. */
  readonly chains: ReadonlyMap<
    string,
    { readonly base: string; readonly marks: readonly string[] }
  >;
}

export function shapeOf(table: NftTable): NftShape {
  const { family, name, sets = [], chains } = table;
  return {
    family,
    name,
    sets: new Map(
      sets.map((set) => [
        set.name,
        {
          kind: setKind(set.type, set.isInterval ?? false),
          elements: new Set(set.elements.map(canonicalElement)),
        },
      ]),
    ),
    chains: new Map(
      chains.map((chain) => [
        chain.name,
        {
          base: chain.base ? formatBase(chain.base) : "",
          marks: markedRules(chain).map(({ mark }) => mark),
        },
      ]),
    ),
  };
}

export function setKind(type: string, isInterval: boolean): string {
  return isInterval ? `${type} interval` : type;
}

/** Without the devices, which a listing may not tell; the chain's last rule answers for them. */
export function formatBase({ type, hook, priority, policy }: NftBaseChain): string {
  return [type, hook, priority, policy].join(" ");
}

export function sameShape(a: NftShape, b: NftShape): boolean {
  return sameButElements(a, b) && elementChanges(a, b).length === 0;
}

/** Whether the two differ in nothing but what their sets hold. */
export function sameButElements(a: NftShape, b: NftShape): boolean {
  const skeleton = (shape: NftShape) =>
    JSON.stringify([
      [...shape.sets].map(([name, { kind }]) => `${name} ${kind}`).sort(),
      [...shape.chains].sort(([x], [y]) => (x < y ? -1 : 1)),
    ]);
  return skeleton(a) === skeleton(b);
}

export interface NftElementChange {
  readonly set: string;
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** For each set that both have: what it must gain and lose. */
export function elementChanges(before: NftShape, after: NftShape): readonly NftElementChange[] {
  return [...after.sets].flatMap(([set, { elements }]) => {
    const had = before.sets.get(set)?.elements ?? new Set<string>();
    const add = [...elements].filter((e) => !had.has(e));
    const remove = [...had].filter((e) => !elements.has(e));
    return add.length + remove.length === 0 ? [] : [{ set, add, remove }];
  });
}
