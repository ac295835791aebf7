declare const brand: unique symbol;

/** A string or number that only its home room may mint, so that two ideas of one shape cannot be mixed up. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
