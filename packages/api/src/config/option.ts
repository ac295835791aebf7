import type { ConfigNode } from "./document.ts";
import type { Report } from "./problem.ts";

/** How the text of an option becomes a value, and back. */
export interface ValueType<T> {
  /** What it wants, as it ends "wanted …": "a number from 0 to 65535". */
  readonly wanted: string;
  /** The value, or undefined after a report. */
  read(node: ConfigNode, key: string, report: Report): T | undefined;
  /** The value as YAML on one line. */
  format(value: T): string;
}

/** Whether this version acts on the option, or accepts and checks it for a later one. */
export type Activity = "active" | "later";

/** What people are told about an option, on the reference page and in the ConfigMap. */
export interface OptionText {
  /** What it does, as a full sentence or two. */
  readonly summary: string;
  /** What choosing it costs, where it costs something. */
  readonly cost?: string;
  readonly activity?: Activity;
  /** Not an option of Antrea: it exists here only. */
  readonly isOurs?: boolean;
  /** Which option to use instead. */
  readonly deprecatedFor?: string;
}

export interface Option<T> extends OptionText {
  readonly kind: "option";
  readonly type: ValueType<T>;
  readonly default: T;
}

/** Another name of an option beside it or, by its path, elsewhere. It has no value of its own. */
export interface OptionAlias {
  readonly kind: "alias";
  /** Names from the top: `["flowExporter", "enable"]`. */
  readonly target: readonly string[];
}

/** Options under one key. */
export interface Section<F extends Options> {
  readonly kind: "section";
  readonly summary: string;
  readonly options: F;
}

/** A list whose items each hold these options. */
export interface SectionList<F extends Options> extends OptionText {
  readonly kind: "section-list";
  readonly options: F;
  readonly most: number;
}

// oxlint-disable-next-line typescript/no-explicit-any -- a table mixes options of all value types
export type AnyOption = Option<any> | OptionAlias | Section<any> | SectionList<any>;
export type Options = Readonly<Record<string, AnyOption>>;

type ValueOf<O> =
  O extends Option<infer T>
    ? T
    : O extends Section<infer F>
      ? ConfigOf<F>
      : O extends SectionList<infer F>
        ? readonly ConfigOf<F>[]
        : never;

/** The value that a table of options reads into: one field an option, aliases left out. */
export type ConfigOf<F extends Options> = {
  readonly [K in keyof F as F[K] extends OptionAlias ? never : K]: ValueOf<F[K]>;
};

export function option<T>(type: ValueType<T>, preset: T, text: OptionText): Option<T> {
  return Object.freeze({ kind: "option", type, default: preset, ...text });
}

export function alias(...target: readonly string[]): OptionAlias {
  return Object.freeze({ kind: "alias", target });
}

export function section<const F extends Options>(summary: string, options: F): Section<F> {
  return Object.freeze({ kind: "section", summary, options });
}

export function sectionList<const F extends Options>(
  most: number,
  text: OptionText,
  options: F,
): SectionList<F> {
  return Object.freeze({ kind: "section-list", most, options, ...text });
}
