import type { Labels } from "../computation/records.ts";
import { requiredPairs } from "./label-index.ts";
import type { Selector } from "./selector.ts";

/**
 * Things that have a selector, by a label which that requires: who can match certain labels, without a
 * look at all. Each thing has one place, where the fewest others are, so that ten thousand selectors of
 * one label each that share another one are told apart by the first.
 */
export class SelectorIndex<T> {
  readonly #places = new Map<string, Set<T>>();

  get isEmpty(): boolean {
    return this.#places.size === 0;
  }

  /** Gives what takes it out again. */
  add(selector: Selector, thing: T): () => void {
    const places = this.#emptiest(selector);
    for (const place of places) {
      const things = this.#places.get(place);
      if (things) things.add(thing);
      else this.#places.set(place, new Set([thing]));
    }
    return () => {
      for (const place of places) this.#take(place, thing);
    };
  }

  /** All whose selector may match, each once, and some whose does not. */
  *candidates(labels: Labels): Iterable<T> {
    if (this.#places.size === 0) return;
    yield* this.#places.get(anywhere) ?? [];
    for (const key of Object.keys(labels)) {
      yield* this.#places.get(key) ?? [];
      yield* this.#places.get(`${key}=${labels[key]}`) ?? [];
    }
  }

  #emptiest({ requirements }: Selector): readonly string[] {
    let best: { readonly places: readonly string[]; readonly load: number } | undefined;
    for (const requirement of requirements) {
      const places = placesOf(requirement);
      const load = places?.reduce((sum, place) => sum + (this.#places.get(place)?.size ?? 0), 0);
      if (places && load !== undefined && (!best || load < best.load)) best = { places, load };
    }
    return best?.places ?? [anywhere];
  }

  #take(place: string, thing: T): void {
    const things = this.#places.get(place);
    things?.delete(thing);
    if (things?.size === 0) this.#places.delete(place);
  }
}

/** No label has this key. */
const anywhere = "\0";

function placesOf(requirement: Selector["requirements"][number]): readonly string[] | undefined {
  if (requirement.operator === "In") return requiredPairs(requirement);
  return requirement.operator === "Exists" ? [requirement.key] : undefined;
}
