import type { HostError } from "./error.ts";
import type { HostChange, ObservedHost, Ownership } from "./diff.ts";
import type { HostState } from "./state.ts";

export interface ObserveOptions {
  /** Paths of the sysctls to read; the others are not looked at. */
  readonly sysctls?: Iterable<string>;
  /** Keys of the nftables tables to read. */
  readonly nftTables?: Iterable<string>;
  readonly signal?: AbortSignal;
}

export interface HostOutcome {
  /** How many steps were done. */
  readonly applied: number;
  /** One for each step that was not; the steps after it were tried all the same. */
  readonly failures: readonly HostError[];
}

export interface Wish {
  readonly desired: HostState;
  readonly owns: Ownership;
}

/** The network of one namespace's kernel: read, and brought to what it should be. */
export interface HostNetwork {
  observe(options?: ObserveOptions): Promise<ObservedHost>;
  /** Does the change in `planHost`'s order. */
  apply(change: HostChange, options?: { readonly signal?: AbortSignal }): Promise<HostOutcome>;
  /** Observes what the wish speaks of, and applies the difference. A second call finds none. */
  converge(
    wish: Wish,
    options?: { readonly signal?: AbortSignal },
  ): Promise<HostOutcome & { readonly change: HostChange }>;
}
