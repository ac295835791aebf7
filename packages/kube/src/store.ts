import { isDeepStrictEqual } from "node:util";
import { audience } from "./audience.ts";
import { type KeyIndex, keyIndex } from "./key-index.ts";
import { waiters } from "./waiters.ts";

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
  readonly indexes?: { readonly [K in I]: Indexer<R> };
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
  const state: State<R> = { records: new Map(), hasSynced: false };
  const views = new Map<string, KeyIndex<R>>();
  for (const [name, indexer] of Object.entries<Indexer<R>>(indexes ?? {}))
    views.set(name, keyIndex(indexer));
  const viewOf = (name: I): KeyIndex<R> => views.get(name) as KeyIndex<R>; // `I` lists exactly the views
  const listeners = audience<R>(onError);
  const waiting = waiters();

  const store: Store<R, I> = {
    get size() {
      return state.records.size;
    },
    get hasSynced() {
      return state.hasSynced;
    },
    get: (key) => state.records.get(key),
    has: (key) => state.records.has(key),
    keys: () => state.records.keys(),
    values: () => state.records.values(),
    entries: () => state.records.entries(),
    keysBy: (name, value) => viewOf(name).keys(value),
    by: (name, value) =>
      viewOf(name)
        .keys(value)
        .map((key) => state.records.get(key) as R), // an index holds keys of the store only
    onChange: (listener) => listeners.add(listener, state.records),
    waitFor: (predicate, options) => waiting.wait(() => predicate(store), options),
  };
  const writer = storeWriter(state, equal, (changes) => {
    for (const change of changes) for (const view of views.values()) view.move(...change);
    for (const change of changes) listeners.tell(...change);
    waiting.wake();
  });
  return { store, writer };
}

interface State<R> {
  records: Map<string, R>;
  hasSynced: boolean;
}

type Change<R> = readonly [key: string, before: R | undefined, after: R | undefined];

/** Changes the records, and says afterwards what changed. */
function storeWriter<R>(
  state: State<R>,
  equal: (a: R, b: R) => boolean,
  changed: (changes: readonly Change<R>[]) => void,
): StoreWriter<R> {
  return {
    put(key, record) {
      const before = state.records.get(key);
      if (before !== undefined && equal(before, record)) return;
      state.records.set(key, record);
      changed([[key, before, record]]);
    },
    remove(key) {
      const before = state.records.get(key);
      if (state.records.delete(key)) changed([[key, before, undefined]]);
    },
    replace(entries, keep = new Set()) {
      const changes: Change<R>[] = [];
      const next = new Map<string, R>();
      for (const [key, record] of entries) {
        const before = state.records.get(key);
        const isSame = before !== undefined && equal(before, record);
        next.set(key, isSame ? before : record);
        if (!isSame) changes.push([key, before, record]);
      }
      for (const [key, before] of state.records) {
        if (next.has(key)) continue;
        if (keep.has(key)) next.set(key, before);
        else changes.push([key, before, undefined]);
      }
      state.records = next;
      state.hasSynced = true;
      changed(changes);
    },
  };
}
