import { isDeepStrictEqual } from "node:util";
import { errorText } from "@antrea/base";

/** Called after a change of one key: `before` is undefined for a new one, `after` for one that is gone. */
export type ChangeListener<R> = (key: string, before: R | undefined, after: R | undefined) => void;

/** Which values a record is found by, such as the Node that a Pod is on. */
export type Indexer<R> = (record: R) => readonly (string | undefined)[];

/** Small records of one resource by key (`namespace/name` or `name`), as the server last told. */
export interface Store<R, I extends string = never> {
  readonly size: number;
  /** Whether the store was complete at some time; it stays so while the server is away. */
  readonly hasSynced: boolean;
  get(key: string): R | undefined;
  has(key: string): boolean;
  keys(): IterableIterator<string>;
  values(): IterableIterator<R>;
  entries(): IterableIterator<[string, R]>;
  /** The records whose index `index` has `value`. */
  by(index: I, value: string): readonly R[];
  /** Their keys. */
  keysBy(index: I, value: string): readonly string[];
  /**
   * Calls `listener` for each record that is there, and then after each change, once the whole
   * change is in the store. What it throws is reported, and stops nobody. Returns how to end it.
   */
  onChange(listener: ChangeListener<R>): () => void;
  /** Resolves with the first truthy answer of `predicate`, asked now and after each change. */
  waitFor<T>(
    predicate: (store: Store<R, I>) => T,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<NonNullable<T>>;
}

/** The side of a store that its one writer holds. */
export interface StoreWriter<R> {
  put(key: string, record: R): void;
  remove(key: string): void;
  /**
   * Makes the store hold exactly `entries`, at once, and marks it as synced. Keys in `keep` stay as
   * they are, if they are there: the server has them, but sent what could not be read.
   */
  replace(entries: ReadonlyMap<string, R>, keep?: ReadonlySet<string>): void;
}

export interface StoreOptions<R, I extends string> {
  readonly indexes?: Readonly<Record<I, Indexer<R>>>;
  /** Whether a change is none; by default, whether the records are deeply equal. */
  readonly equal?: (a: R, b: R) => boolean;
  /** Told what a listener or predicate threw. */
  readonly onError?: (sentence: string) => void;
}

/** An empty store and its writer. */
export function indexedStore<R, I extends string = never>({
  indexes,
  equal = isDeepStrictEqual,
  onError = () => {},
}: StoreOptions<R, I> = {}): { readonly store: Store<R, I>; readonly writer: StoreWriter<R> } {
  let records = new Map<string, R>();
  const views = new Map<string, Index<R>>();
  for (const [name, indexer] of Object.entries<Indexer<R>>(indexes ?? {}))
    views.set(name, keyIndex(indexer));
  const listeners = new Set<ChangeListener<R>>();
  const waiters = new Set<() => void>();
  let hasSynced = false;

  const tell = (listener: ChangeListener<R>, key: string, before?: R, after?: R): void => {
    try {
      listener(key, before, after);
    } catch (error) {
      onError(`A listener failed on ${key}: ${errorText(error)}`);
    }
  };
  const tellAll = (key: string, before: R | undefined, after: R | undefined): void => {
    for (const listener of listeners) tell(listener, key, before, after);
  };
  const index = (key: string, before: R | undefined, after: R | undefined): void => {
    for (const view of views.values()) view.move(key, before, after);
  };
  const wakeWaiters = (): void => {
    for (const wake of waiters) wake();
  };
  const viewOf = (name: I): Index<R> => views.get(name) as Index<R>; // `I` lists exactly the views

  const store: Store<R, I> = {
    get size() {
      return records.size;
    },
    get hasSynced() {
      return hasSynced;
    },
    get: (key) => records.get(key),
    has: (key) => records.has(key),
    keys: () => records.keys(),
    values: () => records.values(),
    entries: () => records.entries(),
    keysBy: (name, value) => viewOf(name).keys(value),
    by: (name, value) =>
      viewOf(name)
        .keys(value)
        .map((key) => records.get(key) as R),
    onChange(listener) {
      for (const [key, record] of records) tell(listener, key, undefined, record);
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    waitFor(predicate, { signal } = {}) {
      return new Promise((resolve, reject) => {
        const end = (): void => {
          waiters.delete(ask);
          signal?.removeEventListener("abort", abort);
        };
        const abort = (): void => {
          end();
          reject(signal?.reason as Error);
        };
        const ask = (): void => {
          try {
            const answer = predicate(store);
            if (!answer) return;
            end();
            resolve(answer);
          } catch (error) {
            end();
            reject(error);
          }
        };
        if (signal?.aborted) return abort();
        signal?.addEventListener("abort", abort, { once: true });
        waiters.add(ask);
        ask();
      });
    },
  };

  const writer: StoreWriter<R> = {
    put(key, record) {
      const before = records.get(key);
      if (before !== undefined && equal(before, record)) return;
      records.set(key, record);
      index(key, before, record);
      tellAll(key, before, record);
      wakeWaiters();
    },
    remove(key) {
      const before = records.get(key);
      if (before === undefined) return;
      records.delete(key);
      index(key, before, undefined);
      tellAll(key, before, undefined);
      wakeWaiters();
    },
    replace(entries, keep = new Set()) {
      const changes: [string, R | undefined, R | undefined][] = [];
      const next = new Map<string, R>();
      for (const [key, record] of entries) {
        const before = records.get(key);
        const isSame = before !== undefined && equal(before, record);
        next.set(key, isSame ? before : record);
        if (!isSame) changes.push([key, before, record]);
      }
      for (const [key, before] of records) {
        if (next.has(key)) continue;
        if (keep.has(key)) next.set(key, before);
        else changes.push([key, before, undefined]);
      }
      records = next;
      hasSynced = true;
      for (const change of changes) index(...change);
      for (const change of changes) tellAll(...change);
      wakeWaiters();
    },
  };
  return { store, writer };
}

interface Index<R> {
  move(key: string, before: R | undefined, after: R | undefined): void;
  keys(value: string): readonly string[];
}

/** Keys by value. Most values have one key (a Pod's address), so a Set is made for the second only. */
function keyIndex<R>(indexer: Indexer<R>): Index<R> {
  const byValue = new Map<string, string | Set<string>>();

  const add = (value: string, key: string): void => {
    const held = byValue.get(value);
    if (held === undefined) byValue.set(value, key);
    else if (typeof held !== "string") held.add(key);
    else if (held !== key) byValue.set(value, new Set([held, key]));
  };
  const drop = (value: string, key: string): void => {
    const held = byValue.get(value);
    if (held === key) byValue.delete(value);
    else if (held instanceof Set && held.delete(key) && held.size === 0) byValue.delete(value);
  };

  return {
    move(key, before, after) {
      if (before !== undefined)
        for (const value of indexer(before)) if (value !== undefined) drop(value, key);
      if (after !== undefined)
        for (const value of indexer(after)) if (value !== undefined) add(value, key);
    },
    keys(value) {
      const held = byValue.get(value);
      if (held === undefined) return [];
      return typeof held === "string" ? [held] : [...held];
    },
  };
}
