/** What turns one keyed collection into another. */
export interface KeyedChange<K, V> {
  readonly add: readonly { readonly key: K; readonly value: V }[];
  readonly modify: readonly { readonly key: K; readonly before: V; readonly value: V }[];
  readonly remove: readonly { readonly key: K; readonly before: V }[];
}

/**
 * Compares what is with what should be. `equal` decides whether an entry that both have must change.
 * The law: applying the result to `observed` gives `desired`; `diff(a, a)` is empty.
 */
export function diffKeyed<K, V>(
  observed: ReadonlyMap<K, V>,
  desired: ReadonlyMap<K, V>,
  equal: (a: V, b: V) => boolean,
): KeyedChange<K, V> {
  const add: { key: K; value: V }[] = [];
  const modify: { key: K; before: V; value: V }[] = [];
  const remove: { key: K; before: V }[] = [];
  for (const [key, value] of desired) {
    const before = observed.get(key);
    if (before === undefined) add.push({ key, value });
    else if (!equal(before, value)) modify.push({ key, before, value });
  }
  for (const [key, before] of observed) if (!desired.has(key)) remove.push({ key, before });
  return { add, modify, remove };
}

export function isEmptyChange(change: KeyedChange<unknown, unknown>): boolean {
  return change.add.length + change.modify.length + change.remove.length === 0;
}
