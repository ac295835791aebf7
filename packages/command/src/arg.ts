/**
 * One option or positional argument as data: what it is called in help, what it accepts, and how its
 * text becomes a value. Options and positionals are made by the same functions.
 */
export interface Arg<out T> {
  readonly help: string;
  /** One letter, for an option. */
  readonly short: string | undefined;
  /** How help names the value, as in "NODE"; undefined for a switch, which has none. */
  readonly placeholder: string | undefined;
  readonly isRepeatable: boolean;
  readonly isRequired: boolean;
  /** What help shows as the default; undefined where there is none worth showing. */
  readonly defaultText: string | undefined;
  /** Every value there is, where they can be listed. */
  readonly choices: readonly string[];
  /** Completes "must be …" in an error. */
  readonly wanted: string;
  /** The value of all texts typed for it, in order; no text means the default. Undefined: not accepted. */
  read(typed: readonly string[]): Reading<T>;
}

export type Reading<T> = { readonly value: T } | { readonly refused: string };

export type Args = Readonly<Record<string, Arg<unknown>>>;

export type ValuesOf<A extends Args> = {
  readonly [K in keyof A]: A[K] extends Arg<infer T> ? T : never;
};

interface Naming {
  readonly short?: string;
  readonly placeholder?: string;
}
type Optional = Naming & { readonly required?: false };
type Required = Naming & { readonly required: true };
type Defaulted<T> = Naming & {
  readonly default: T;
  /** What help says of a default that is another one on other machines. */
  readonly defaultText?: string;
};
interface Presence {
  readonly required?: boolean;
  readonly default?: unknown;
  readonly defaultText?: string;
}

/** A value that `parse` understands; it gives back undefined for a text that is none. */
export interface ValueType<T> {
  /** Completes "must be …", as in "an IPv4 address". */
  readonly wanted: string;
  readonly placeholder: string;
  readonly choices?: readonly string[];
  parse(text: string): T | undefined;
  /** The text of a default; `String` where it is left out. */
  format?(value: T): string;
}

/** An option or positional of a type of its own: an address, a size, a name of a closed set. */
export function value<T>(help: string, type: ValueType<T>, more: Required): Arg<T>;
export function value<T>(help: string, type: ValueType<T>, more: Defaulted<T>): Arg<T>;
export function value<T>(help: string, type: ValueType<T>, more?: Optional): Arg<T | undefined>;
export function value<T>(
  help: string,
  type: ValueType<T>,
  more: Naming & Presence = {},
): Arg<T | undefined> {
  const fallback = more.default as T | undefined;
  return {
    ...common(help, type, more),
    isRepeatable: false,
    isRequired: more.required === true,
    defaultText:
      more.defaultText ?? (fallback === undefined ? undefined : formatWith(type, fallback)),
    read(typed) {
      const last = typed.at(-1);
      if (last === undefined) return { value: fallback };
      const value = type.parse(last);
      return value === undefined ? { refused: last } : { value };
    },
  };
}

/** The same, any number of times; gives the values in the order typed. */
export function list<T>(
  help: string,
  type: ValueType<T>,
  more: Naming & { readonly required?: boolean } = {},
): Arg<readonly T[]> {
  return {
    ...common(help, type, more),
    isRepeatable: true,
    isRequired: more.required === true,
    defaultText: undefined,
    read(typed) {
      const values: T[] = [];
      for (const text of typed) {
        const value = type.parse(text);
        if (value === undefined) return { refused: text };
        values.push(value);
      }
      return { value: values };
    },
  };
}

/** Any text that is not empty. */
export const anyText: ValueType<string> = {
  wanted: "a text that is not empty",
  placeholder: "TEXT",
  parse: (text) => (text === "" ? undefined : text),
};

export function text(help: string, more: Required): Arg<string>;
export function text(help: string, more: Defaulted<string>): Arg<string>;
export function text(help: string, more?: Optional): Arg<string | undefined>;
export function text(help: string, more: Naming & Presence = {}): Arg<string | undefined> {
  return value(help, anyText, more as Optional);
}

/** A whole number within bounds, both included. */
export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): ValueType<number> {
  const upper = max === Number.MAX_SAFE_INTEGER ? "" : ` and at most ${max}`;
  return {
    wanted: `a whole number of at least ${min}${upper}`,
    placeholder: "N",
    parse(text) {
      const value = Number(text);
      const isWhole = /^-?\d+$/.test(text) && Number.isSafeInteger(value);
      return isWhole && value >= min && value <= max ? value : undefined;
    },
  };
}

/** One of the words listed, in any case; gives the word as it is listed. */
export function oneOf<const T extends string>(choices: readonly T[]): ValueType<T> {
  return {
    wanted: choices.length === 1 ? `"${choices[0]}"` : `one of ${choices.join(", ")}`,
    placeholder: choices.join("|"),
    choices,
    parse: (text) => choices.find((choice) => choice.toLowerCase() === text.toLowerCase()),
  };
}

/** A length of time such as "500ms", "30s", "5m", "1h30m"; a bare number counts seconds. In milliseconds. */
export const duration: ValueType<number> = {
  wanted: "a length of time such as 500ms, 30s, 5m or 1h30m",
  placeholder: "DURATION",
  parse(text) {
    if (/^\d+$/.test(text)) return Number(text) * 1000;
    if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)) return undefined;
    const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g);
    return Math.round(
      [...parts].reduce(
        (sum, [, count, unit]) => sum + Number(count) * (unitMs[unit ?? ""] ?? 0),
        0,
      ),
    );
  },
  format: (ms) => (ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`),
};
const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Present or not. `--no-NAME` and `--NAME=false` turn off one that is on by default. */
export function flag(
  help: string,
  more: { readonly short?: string; readonly default?: boolean } = {},
): Arg<boolean> {
  const fallback = more.default ?? false;
  return {
    help,
    short: more.short,
    placeholder: undefined,
    isRepeatable: false,
    isRequired: false,
    defaultText: fallback ? "on" : undefined,
    choices: ["true", "false"],
    wanted: "true or false",
    read(typed) {
      const last = typed.at(-1);
      if (last === undefined) return { value: fallback };
      return last === "true" || last === "false" ? { value: last === "true" } : { refused: last };
    },
  };
}

function common<T>(help: string, type: ValueType<T>, more: Naming) {
  return {
    help,
    short: more.short,
    placeholder: more.placeholder ?? type.placeholder,
    choices: type.choices ?? [],
    wanted: type.wanted,
  };
}

function formatWith<T>(type: ValueType<T>, value: T): string {
  return type.format ? type.format(value) : String(value);
}
