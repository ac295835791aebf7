import type { IpBlock, NetworkPolicy, RulePeer } from "../model.ts";
import { type GroupSelector, groupName } from "../selectors/group-selector.ts";

/** A policy in the form that agents enforce, and whom its groups stand for. */
export interface CompiledPolicy {
  readonly policy: NetworkPolicy;
  readonly addressGroups: ReadonlyMap<string, GroupSelector>;
  readonly appliedToGroups: ReadonlyMap<string, GroupSelector>;
  /** What is not enforced as it is written, each a sentence. */
  readonly problems: readonly string[];
}

/** Whom a peer or an `appliedTo` means: any of these, nobody where there are none. */
export interface Whom {
  readonly selectors: readonly GroupSelector[];
  readonly ipBlocks: readonly IpBlock[];
}

export const noOne: Whom = { selectors: [], ipBlocks: [] };

export function anyOf(parts: readonly Whom[]): Whom {
  return {
    selectors: parts.flatMap(({ selectors }) => selectors),
    ipBlocks: parts.flatMap(({ ipBlocks }) => ipBlocks),
  };
}

/** Gathers what a policy needs while it is compiled. */
export class Needs {
  readonly addressGroups = new Map<string, GroupSelector>();
  readonly appliedToGroups = new Map<string, GroupSelector>();
  readonly #problems = new Set<string>();

  get problems(): readonly string[] {
    return [...this.#problems];
  }

  problem(sentence: string): void {
    this.#problems.add(sentence);
  }

  peer({ selectors, ipBlocks }: Whom): RulePeer {
    return { addressGroups: named(selectors, this.addressGroups), ipBlocks };
  }

  /** Blocks of addresses have no Pods of their own: policies cannot be for them. */
  appliedTo(selectors: readonly GroupSelector[]): readonly string[] {
    return named(selectors, this.appliedToGroups);
  }

  compiled(policy: NetworkPolicy): CompiledPolicy {
    const { addressGroups, appliedToGroups, problems } = this;
    return { policy, addressGroups, appliedToGroups, problems };
  }
}

function named(
  selectors: readonly GroupSelector[],
  groups: Map<string, GroupSelector>,
): readonly string[] {
  const names = selectors.map((selector) => {
    const name = groupName(selector);
    groups.set(name, selector);
    return name;
  });
  return names.length < 2 ? names : [...new Set(names)];
}
