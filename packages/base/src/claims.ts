/**
 * Who wants a thing, whoever came first before others, and in which form. Most things have one owner: a map
 * for each would weigh more than what is wanted.
 */
export class Claims<V> {
  #only: string | undefined;
  #valueOfOnly: V | undefined;
  /** Of all owners, once there have been two. */
  #all: Map<string, V> | undefined;

  get size(): number {
    return this.#all ? this.#all.size : Number(this.#only !== undefined);
  }

  get(owner: string): V | undefined {
    if (this.#all) return this.#all.get(owner);
    return owner === this.#only ? this.#valueOfOnly : undefined;
  }

  set(owner: string, value: V): void {
    if (!this.#all && (this.#only ?? owner) === owner) return this.#setOnly(owner, value);
    this.#all ??= new Map([[this.#only as string, this.#valueOfOnly as V]]);
    this.#all.set(owner, value);
    this.#setOnly(undefined, undefined);
  }

  delete(owner: string): void {
    if (this.#all) this.#all.delete(owner);
    else if (owner === this.#only) this.#setOnly(undefined, undefined);
  }

  owners(): string[] {
    if (this.#all) return [...this.#all.keys()];
    return this.#only === undefined ? [] : [this.#only];
  }

  values(): V[] {
    if (this.#all) return [...this.#all.values()];
    return this.#only === undefined ? [] : [this.#valueOfOnly as V];
  }

  #setOnly(owner: string | undefined, value: V | undefined): void {
    this.#only = owner;
    this.#valueOfOnly = value;
  }
}
