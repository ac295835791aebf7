import type { IpBlock, NetworkPolicy, RulePeer } from "../model.ts";
import { type GroupSelector, groupName } from "../selectors/group-selector.ts";

/** A policy in the form that agents enforce. */
export interface CompiledPolicy {
  readonly policy: NetworkPolicy;
  /** Whom a group of it stands for. */
  readonly selectorOf: (group: string) => GroupSelector | undefined;
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
  readonly #names: string[] = [];
  readonly #selectors: GroupSelector[] = [];
  readonly #problems = new Set<string>();

  problem(sentence: string): void {
    this.#problems.add(sentence);
  }

  peer({ selectors, ipBlocks }: Whom): RulePeer {
    return { addressGroups: this.groups(selectors), ipBlocks };
  }

  /** The names of the groups. Blocks of addresses have no Pods of their own: policies cannot be for them. */
  groups(selectors: readonly GroupSelector[]): readonly string[] {
    const names = selectors.map((selector) => this.#group(selector));
    return names.length < 2 ? names : [...new Set(names)];
  }

  compiled(policy: NetworkPolicy): CompiledPolicy {
    let known: ReadonlyMap<string, GroupSelector> | undefined;
    const selectorOf = (group: string): GroupSelector | undefined => {
      known ??= new Map(this.#names.map((name, i) => [name, this.#selectors[i] as GroupSelector]));
      return known.get(group);
    };
    return { policy, selectorOf, problems: [...this.#problems] };
  }

  #group(selector: GroupSelector): string {
    const name = groupName(selector);
    this.#names.push(name);
    this.#selectors.push(selector);
    return name;
  }
}
