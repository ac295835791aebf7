import { nftEntries, type NftTable, ruleEntries } from "@antrea/linux";
import type { NodeTables } from "../policy/node/node-guard.ts";

/** A change of the Node's own table, a line for all that comes, goes, or is asked in another order. */
export function tableLines({ before, after }: NodeTables): readonly string[] {
  const was = new Set(before && nftEntries(before));
  const will = new Set(after && nftEntries(after));
  return [
    ...linesOf("+", will.difference(was)),
    ...linesOf("~", shuffled(before, after)),
    ...linesOf("-", was.difference(will)),
  ];
}

function linesOf(sign: string, entries: Iterable<string>): readonly string[] {
  return Array.from(entries, (entry) => `${sign} nft ${entry}`);
}

/** Chains of which rules that stay change places. */
function shuffled(before: NftTable | undefined, after: NftTable | undefined): readonly string[] {
  const former = new Map(before?.chains.map((chain) => [chain.name, ruleEntries(chain)]));
  return (after?.chains ?? []).flatMap((chain) => {
    const was = former.get(chain.name) ?? [];
    const will = ruleEntries(chain);
    const stay = new Set(was).intersection(new Set(will));
    const order = (rules: readonly string[]) => rules.filter((rule) => stay.has(rule)).join("\n");
    return order(was) === order(will) ? [] : [`chain ${chain.name}: its rules in another order`];
  });
}
