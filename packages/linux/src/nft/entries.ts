import { canonicalElement, markedRules } from "./render.ts";
import { formatBase, setKind } from "./shape.ts";
import type { NftChain, NftSet, NftTable } from "./table.ts";

/** All that a table holds, a line each, in words of nft(8): for people, who compare two of them. */
export function nftEntries(table: NftTable): readonly string[] {
  return [
    `table ${table.family} ${table.name}`,
    ...(table.sets ?? []).flatMap(setEntries),
    ...table.chains.flatMap(chainEntries),
  ];
}

function setEntries({ name, type, isInterval = false, elements }: NftSet): readonly string[] {
  return [
    `set ${name} ${setKind(type, isInterval)}`,
    ...elements.map((element) => `element ${name} ${canonicalElement(element)}`),
  ];
}

function chainEntries(chain: NftChain): readonly string[] {
  const { name, base } = chain;
  return [`chain ${name}${base ? ` ${formatBase(base)}` : ""}`, ...ruleEntries(chain)];
}

/** In the order in which they are asked. */
export function ruleEntries(chain: NftChain): readonly string[] {
  return markedRules(chain).map(({ text, mark }) => `rule ${chain.name} ${text} comment "${mark}"`);
}
