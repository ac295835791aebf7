import { terminal } from "@antrea/base";
import type { NftTable } from "@antrea/linux";
import type { HostWriter } from "../../host/host-writer.ts";
import type { RuleKey } from "../rule-keys.ts";
import type { Lifelines } from "./lifelines.ts";
import type { NodeRule } from "./node-rule.ts";
import { compileNodeTable } from "./node-table.ts";

/** Makes the rules that are for this Node itself true. */
export interface NodeGuard {
  /** Resolves when the kernel has the rules of this key, and no others; who asks in one turn shares one change. */
  realize(key: RuleKey, rules: readonly NodeRule[]): Promise<void>;
  /** What no policy takes may be something else now. */
  refresh(): Promise<void>;
  /** The table with these rules in place of those that their keys have, beside what is wanted now. */
  preview(changed: ReadonlyMap<RuleKey, readonly NodeRule[]>): NodeTables;
  /** Why no rule is taken; undefined where they are. */
  readonly refusal?: string;
}

/** Each undefined where there is no rule. */
export interface NodeTables {
  readonly before: NftTable | undefined;
  readonly after: NftTable | undefined;
}

const owner = "node policies";

export function nodeGuard(
  hostWriter: Pick<HostWriter, "realize">,
  lifelines: () => Lifelines,
): NodeGuard {
  const rules = new Map<RuleKey, readonly NodeRule[]>();
  let isConfirmed = true;
  let next: Promise<void> | undefined;

  const tableOf = (all: ReadonlyMap<RuleKey, readonly NodeRule[]>) =>
    compileNodeTable([...all.values()].flat(), lifelines());

  async function pass(): Promise<void> {
    await Promise.resolve(); // whoever asks in this turn is part of it
    next = undefined;
    const table = tableOf(rules);
    try {
      isConfirmed = false;
      await hostWriter.realize(owner, { nftTables: table ? [table] : [] });
      isConfirmed = true;
    } catch (error) {
      isConfirmed = false; // also where the one before it was taken meanwhile
      throw error;
    }
  }

  const change = (): Promise<void> => (next ??= pass());

  return {
    async realize(key, wanted) {
      const had = rules.delete(key);
      if (wanted.length > 0) rules.set(key, wanted);
      else if (!had && isConfirmed) return;
      await change();
    },
    async refresh() {
      if (rules.size > 0) await change();
    },
    preview: (changed) => ({
      before: tableOf(rules),
      after: tableOf(new Map([...rules, ...changed])),
    }),
  };
}

/** Where the feature gate is off: says so of every rule that is for the Node. */
export const noNodeGuard: NodeGuard & { readonly refusal: string } = {
  refusal: "Nodes are not guarded: the feature gate NodeNetworkPolicy is off here",
  async realize(_key, rules) {
    if (rules.length > 0) throw terminal(noNodeGuard.refusal);
  },
  async refresh() {},
  preview: () => ({ before: undefined, after: undefined }),
};
