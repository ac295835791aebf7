import { Claims } from "./claims.ts";
import type { KeyedChange } from "./diff.ts";
import { invariant } from "./errors.ts";

export interface UnitStoreOptions<V> {
  /** The identity of a value: two values of one key are two states of one thing. */
  readonly key: (value: V) => string;
  readonly equal: (a: V, b: V) => boolean;
  /** One value for a thing that several owners want; by default they must want the same. */
  readonly merge?: (values: readonly V[]) => V;
  /** Whether a value that nobody wants is ours to remove; by default all are. */
  readonly owns?: (value: V) => boolean;
  /** Whether what an owner wants may come where it is not yet; by default all may. What is there already may stay. */
  readonly mayCome?: (owner: string) => boolean;
}

/**
 * What should be, in small units with owners, beside what is. Owners say what they want as a whole;
 * the store works out what to change, and the cost follows the size of the change. A thing that
 * several owners want stays until the last one lets go. Pure: whoever applies a change reports back.
 */
export interface UnitStore<V> {
  /** Replaces all that `owner` wants. An empty list lets go of everything. */
  want(owner: string, values: readonly V[]): void;
  /** What `owner` wants now. */
  wantedBy(owner: string): readonly V[];
  owners(): Iterable<string>;
  ownersOf(key: string): readonly string[];
  /** Who let go of a thing that may still be in the world; nobody if none ever wanted it. */
  releasersOf(key: string): readonly string[];
  /** Replaces what is known of the world; everything is looked at again by the next `plan`. */
  observe(values: Iterable<V>): void;
  observed(key: string): V | undefined;
  /**
   * What has to change for `owners`, or for all of them. Without `prune`, what nobody ever wanted stays; with
   * it, only what is not ours. What concerns none but those in `without` stays as it is.
   */
  plan(options?: PlanOptions): KeyedChange<string, V>;
  /** What would have to change, did these owners want this instead. */
  preview(wishes: ReadonlyMap<string, readonly V[]>): KeyedChange<string, V>;
  /** The change was applied: it is how the world is. What was let go of since it was planned is still to be looked at. */
  applied(change: KeyedChange<string, V>): void;
}

export interface PlanOptions {
  readonly owners?: Iterable<string>;
  readonly prune?: boolean;
  readonly without?: Owners;
}

interface Owners {
  readonly size: number;
  has(owner: string): boolean;
}

function put(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key) ?? new Set<string>();
  set.add(value);
  sets.set(key, set);
}

export function unitStore<V>(options: UnitStoreOptions<V>): UnitStore<V> {
  const { key, equal } = options;
  const merge = options.merge ?? onlyValue;
  const { owns = () => true, mayCome } = options;
  const claims = new Map<string, Claims<V>>();
  const keysOf = new Map<string, readonly string[]>();
  /** Keys that were let go of and may still be in the world, by the owner that let go. */
  const released = new Map<string, Set<string>>();
  const releasers = new Map<string, Set<string>>();
  let world = new Map<string, V>();

  const desiredAt = (k: string): V | undefined => {
    const values = claims.get(k);
    return values && values.size > 0 ? merge(values.values()) : undefined;
  };

  const ownersOf = (k: string): readonly string[] => claims.get(k)?.owners() ?? [];
  const releasersOf = (k: string): readonly string[] => [...(releasers.get(k) ?? [])];

  /** What somebody let go of goes with what he wants instead. */
  const concernsOnly = (k: string, some: Owners): boolean => {
    const owners = ownersOf(k);
    const concerned = owners.length > 0 ? owners : releasersOf(k);
    return concerned.length > 0 && concerned.every((owner) => some.has(owner));
  };

  const claim = (owner: string, value: V, mine: Set<string>): void => {
    const k = key(value);
    invariant(!mine.has(k), `${owner} wants ${k} once`);
    mine.add(k);
    const known = claims.get(k);
    if (known) return known.set(owner, value);
    const values = new Claims<V>();
    values.set(owner, value);
    claims.set(k, values);
  };

  const letGo = (owner: string, k: string): void => {
    const values = claims.get(k);
    values?.delete(owner);
    if (values?.size === 0) claims.delete(k);
    put(released, owner, k);
    put(releasers, k, owner);
  };

  const isAsDesired = (k: string): boolean => {
    const [is, should] = [world.get(k), desiredAt(k)];
    return is === undefined || should === undefined ? is === should : equal(is, should);
  };

  /** The world is as it should be at `k`: nobody has to look again at what was let go there. */
  const settle = (k: string): void => {
    for (const owner of releasers.get(k) ?? []) {
      const gone = released.get(owner);
      gone?.delete(k);
      if (gone?.size === 0) released.delete(owner);
    }
    releasers.delete(k);
  };

  function planKeys(
    keys: Iterable<string>,
    valueAt: (k: string) => V | undefined,
    onSame: (k: string) => void,
  ): KeyedChange<string, V> {
    const add: { key: string; value: V }[] = [];
    const modify: { key: string; before: V; value: V }[] = [];
    const remove: { key: string; before: V }[] = [];
    for (const k of keys) {
      const value = valueAt(k);
      const before = world.get(k);
      if (value === undefined) {
        if (before !== undefined) remove.push({ key: k, before });
        else onSame(k);
      } else if (before === undefined) add.push({ key: k, value });
      else if (!equal(before, value)) modify.push({ key: k, before, value });
      else onSame(k);
    }
    return { add, modify, remove };
  }

  return {
    want(owner, values) {
      const before = keysOf.get(owner) ?? [];
      const mine = new Set<string>();
      for (const value of values) claim(owner, value, mine);
      for (const k of before) if (!mine.has(k)) letGo(owner, k);
      if (mine.size > 0) keysOf.set(owner, [...mine]);
      else keysOf.delete(owner);
    },
    wantedBy: (owner) => (keysOf.get(owner) ?? []).flatMap((k) => claims.get(k)?.get(owner) ?? []),
    owners: () => keysOf.keys(),
    ownersOf,
    releasersOf,
    observe(values) {
      world = new Map();
      for (const value of values) world.set(key(value), value);
    },
    observed: (k) => world.get(k),
    plan({ owners, prune = false, without } = {}) {
      const keys = new Set<string>();
      for (const owner of owners ?? new Set([...keysOf.keys(), ...released.keys()])) {
        for (const k of keysOf.get(owner) ?? []) keys.add(k);
        for (const k of released.get(owner) ?? []) keys.add(k);
      }
      if (prune) for (const [k, value] of world) if (owns(value)) keys.add(k);
      const left = without?.size ? [...keys].filter((k) => !concernsOnly(k, without)) : keys;
      const { add, ...others } = planKeys(left, desiredAt, settle);
      return {
        ...others,
        add: mayCome ? add.filter(({ key: k }) => ownersOf(k).some(mayCome)) : add,
      };
    },
    preview(wishes) {
      const wished = new Map<string, Map<string, V>>();
      for (const [owner, values] of wishes) {
        for (const k of keysOf.get(owner) ?? []) wished.set(k, wished.get(k) ?? new Map());
        for (const value of values) {
          const at = wished.get(key(value)) ?? new Map<string, V>();
          wished.set(key(value), at.set(owner, value));
        }
      }
      const valueAt = (k: string): V | undefined => {
        const own = wished.get(k) ?? new Map<string, V>();
        const now = claims.get(k);
        const values = new Map(now?.owners().map((owner) => [owner, now.get(owner) as V]));
        for (const [owner, value] of own) values.set(owner, value);
        for (const owner of values.keys())
          if (wishes.has(owner) && !own.has(owner)) values.delete(owner);
        return values.size > 0 ? merge([...values.values()]) : undefined;
      };
      return planKeys(wished.keys(), valueAt, () => {});
    },
    applied({ add, modify, remove }) {
      for (const { key: k, value } of [...add, ...modify]) world.set(k, value);
      for (const { key: k } of remove) world.delete(k);
      for (const { key: k } of [...add, ...modify, ...remove])
        if (releasers.has(k) && isAsDesired(k)) settle(k);
    },
  };

  function onlyValue(values: readonly V[]): V {
    const [first, ...rest] = values as [V, ...V[]];
    for (const other of rest)
      invariant(equal(first, other), `owners of ${key(first)} want the same`);
    return first;
  }
}
