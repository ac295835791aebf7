import type { Labels } from "../computation/records.ts";
import type { Requirement, Selector } from "./selector.ts";

/** Things by each of their labels: who a selector can match, without a look at all. */
export class LabelIndex<T> {
  readonly #byPair = new Map<string, Set<T>>();

  add(labels: Labels, thing: T): void {
    for (const pair of pairsOf(labels)) {
      const things = this.#byPair.get(pair);
      if (things) things.add(thing);
      else this.#byPair.set(pair, new Set([thing]));
    }
  }

  delete(labels: Labels, thing: T): void {
    for (const pair of pairsOf(labels)) {
      const things = this.#byPair.get(pair);
      things?.delete(thing);
      if (things?.size === 0) this.#byPair.delete(pair);
    }
  }

  /** Those with the selector's rarest label; undefined where it requires no label to have a value. */
  candidates({ requirements }: Selector): Candidates<T> | undefined {
    let best: Candidates<T> | undefined;
    for (const requirement of requirements) {
      if (requirement.operator !== "In") continue;
      const sets = requiredPairs(requirement).flatMap((pair) => this.#byPair.get(pair) ?? []);
      const count = sets.reduce((sum, { size }) => sum + size, 0);
      if (!best || count < best.count) best = { count, sets };
    }
    return best;
  }
}

export interface Candidates<T> {
  readonly count: number;
  readonly sets: readonly ReadonlySet<T>[];
}

export function requiredPairs({ key, values }: Requirement): readonly string[] {
  return values.map((value) => `${key}=${value}`);
}

export function pairsOf(labels: Labels): readonly string[] {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`);
}
