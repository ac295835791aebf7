import { nearest } from "@antrea/base";
import { type Cidr, type IpAddress, parseCidr, parseIp } from "@antrea/net";
import { type ConfigNode, describe } from "./document.ts";
import type { ValueType } from "./option.ts";
import { didYouMean } from "./problem.ts";

/** A value type over one scalar: `parse` gives undefined for what is not wanted. */
function scalar<T>(
  wanted: string,
  parse: (value: string | number | boolean) => T | undefined,
  { format = (value: T) => String(value), hint = noHint } = {},
): ValueType<T> {
  return {
    wanted,
    format,
    read(node, key, report) {
      const isValue = node.kind === "scalar" && node.value !== null;
      const value = isValue ? parse(node.value) : undefined;
      if (value === undefined)
        report(node, key, `Got ${describe(node)}, wanted ${wanted}.${hint(textOf(node))}`);
      return value;
    },
  };
}

const noHint = (_typed: string): string => "";

function textOf(node: ConfigNode): string {
  return node.kind === "scalar" && typeof node.value === "string" ? node.value : "";
}

/** A scalar that must be text; numbers that YAML made of it are taken back as text. */
function text<T>(
  wanted: string,
  parse: (value: string) => T | undefined,
  extra: { format?: (value: T) => string; hint?: (typed: string) => string } = {},
): ValueType<T> {
  return scalar(
    wanted,
    (value) => (typeof value === "boolean" ? undefined : parse(String(value))),
    { format: quoted, ...extra },
  );
}

function quoted(value: unknown): string {
  return JSON.stringify(value);
}

/** Only `true` and `false`: "yes" is a word that YAML 1.2 and Go disagree about. */
export const boolean = scalar<boolean>("true or false", (value) =>
  typeof value === "boolean" ? value : undefined,
);

/** A whole number from `least` to `most`, and `zero` where 0 has a meaning of its own. */
export function integer(least: number, most: number, zero?: string): ValueType<number> {
  const wanted = `a whole number from ${least} to ${most}${zero ? `, or 0 for ${zero}` : ""}`;
  return scalar(wanted, (value) => {
    if (typeof value !== "number" || !Number.isInteger(value)) return undefined;
    return (value >= least && value <= most) || (zero && value === 0) ? value : undefined;
  });
}

/** A TCP or UDP port. */
export function port(zero?: string): ValueType<number> {
  return integer(1, 65535, zero);
}

/** One of a few words, in any case; gives back the spelling of the list. */
export function oneOf<const W extends string>(...words: readonly W[]): ValueType<W> {
  return text<W>(
    wordList(words),
    (value) => words.find((word) => word.toLowerCase() === value.toLowerCase()),
    { format: (word) => word || '""', hint: (typed) => didYouMean(nearest(typed, words)) },
  );
}

function wordList(words: readonly string[]): string {
  const all = words.map((word) => JSON.stringify(word));
  const last = all.pop() ?? "";
  return all.length === 0 ? last : `${all.join(", ")} or ${last}`;
}

/** Any text, the empty one included; `wanted` says what it means. */
export function anyText(wanted: string): ValueType<string> {
  return text(wanted, (value) => value);
}

/** A name that Linux takes for a network interface: 1 to 15 characters, no slash, space or colon. */
export const interfaceName = text("an interface name of 1 to 15 characters", (value) =>
  /^(?!\.{1,2}$)[^\s/:]{1,15}$/.test(value) ? value : undefined,
);

/** An absolute path of the file system. */
export const filePath = text("an absolute path", (value) =>
  /^\/[^\0]*$/.test(value) ? value : undefined,
);

/** Text that may be empty ("not set") or must be what `inner` wants. */
export function optional<T extends string>(inner: ValueType<T>): ValueType<T | ""> {
  return {
    wanted: `${inner.wanted}, or "" for none`,
    format: (value) => JSON.stringify(value),
    read: (node, key, report) =>
      node.kind === "scalar" && node.value === "" ? "" : inner.read(node, key, report),
  };
}

/** A network in its one canonical form, host bits zero. */
export const cidr = text<Cidr>('a network such as "10.10.0.0/16"', parseCidr);

/** An IPv4 or IPv6 address. */
export const ipAddress = text<IpAddress>('an address such as "192.0.2.1"', parseIp);

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Time in the form of Go's `time.ParseDuration`, as in "5s", "1m30s", "500ms". In milliseconds. */
export function durationMs(leastMs: number): ValueType<number> {
  const wanted = `a time of at least ${formatDurationMs(leastMs)}, such as "5s" or "1m30s"`;
  return text<number>(
    wanted,
    (value) => {
      const ms = parseDurationMs(value);
      return ms !== undefined && ms >= leastMs ? ms : undefined;
    },
    { format: (ms) => JSON.stringify(formatDurationMs(ms)) },
  );
}

export function parseDurationMs(value: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(value)) return undefined;
  const parts = value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g);
  return [...parts].reduce((sum, [, n, unit = ""]) => sum + Number(n) * (UNITS[unit] ?? 0), 0);
}

export function formatDurationMs(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

/** Two ports and what lies between them, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** "61000-62000". */
export const portRange = text<PortRange>(
  'two ports such as "61000-62000", the lower one first',
  (value) => {
    const [, first, last] = /^(\d{1,5})-(\d{1,5})$/.exec(value)?.map(Number) ?? [];
    if (first === undefined || last === undefined) return undefined;
    return first >= 1 && first < last && last <= 65535 ? { first, last } : undefined;
  },
  { format: ({ first, last }) => JSON.stringify(`${first}-${last}`) },
);

/** Items of one kind. */
export function listOf<T>(item: ValueType<T>, most = 1024): ValueType<readonly T[]> {
  return {
    wanted: `a list, each item ${item.wanted}`,
    format: (values) => `[${values.map(item.format).join(", ")}]`,
    read(node, key, report) {
      if (node.kind !== "list" || node.items.length > most) {
        const seen = node.kind === "list" ? `${node.items.length} items` : describe(node);
        const wanted = node.kind === "list" ? `at most ${most}` : `a list, each ${item.wanted}`;
        report(node, key, `Got ${seen}, wanted ${wanted}.`);
        return undefined;
      }
      const values = node.items.map((entry, i) => item.read(entry, `${key}[${i}]`, report));
      return values.some((value) => value === undefined) ? undefined : (values as T[]);
    },
  };
}

/** Words with commas between them, in any case, each one of `words`; "" for none. */
export function wordsOf<W extends string>(
  what: string,
  words: readonly W[],
): ValueType<readonly W[]> {
  return {
    wanted: `${what} with commas between them`,
    format: (values) => JSON.stringify(values.join(",")),
    read(node, key, report) {
      if (node.kind !== "scalar" || typeof node.value !== "string") {
        report(node, key, `Got ${describe(node)}, wanted ${what} with commas between them.`);
        return undefined;
      }
      const typed = node.value.split(",").map((word) => word.trim());
      const values = typed
        .filter((word) => word !== "")
        .map((word) => {
          const { line, column } = node;
          const known = words.find((w) => w.toLowerCase() === word.toLowerCase());
          if (known) return known;
          const hint = didYouMean(nearest(word, words));
          report({ line, column }, key, `Got ${JSON.stringify(word)}, wanted ${what}.${hint}`);
          return undefined;
        });
      return values.some((value) => value === undefined) ? undefined : (values as W[]);
    },
  };
}
