import { type FeatureGate, featureGates, type GateSettings, gateNames } from "./feature-gates.ts";
import type { ConfigOf, Options, OptionText } from "./option.ts";
import type { ConfigProblem } from "./problem.ts";
import { type Reading, readOptions } from "./reader.ts";

/** An option that the text gives and this version does not act on. */
export interface NotActive {
  readonly key: string;
  readonly line: number;
}

/** A whole configuration, or every reason why there is none. */
export type ParsedConfig<T> =
  | { readonly kind: "accepted"; readonly config: T; readonly notActive: readonly NotActive[] }
  | { readonly kind: "refused"; readonly problems: readonly ConfigProblem[] };

/** A rule about options that each are right but do not go together. It reports at the place given. */
export type Rule<F extends Options> = (reading: RuleInput<F>) => void;

export interface RuleInput<F extends Options> {
  readonly config: ConfigOf<F>;
  isGiven(key: string): boolean;
  /** Reports at the first of `keys` that the text gives. */
  refuse(keys: readonly string[], sentence: string): void;
}

/** A kind of configuration file: its options, its rules, and what its reader is given. */
export interface ConfigFile<F extends Options, T> {
  readonly options: F;
  readonly rules: readonly Rule<F>[];
  readonly finish: (config: ConfigOf<F>) => T;
}

/**
 * Reads, checks combinations, and finishes. Rules run only where every option was understood on its
 * own: a rule about a value that was misread would say something untrue.
 */
export function parseConfig<F extends Options, T>(
  text: string,
  file: string,
  { options, rules, finish }: ConfigFile<F, T>,
): ParsedConfig<T> {
  const reading = readOptions(text, file, options);
  if (reading.problems.length === 0) for (const rule of rules) rule(ruleInput(reading));
  const problems = reading.problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  if (problems.length > 0) return Object.freeze({ kind: "refused", problems });
  return Object.freeze({
    kind: "accepted",
    config: finish(reading.config),
    notActive: notActive(options, reading),
  });
}

function ruleInput<F extends Options>({ config, given, report }: Reading<F>): RuleInput<F> {
  return {
    config,
    isGiven: (key) => given.has(key),
    refuse(keys, sentence) {
      const key = keys.find((candidate) => given.has(candidate)) ?? keys[0] ?? "";
      report(given.get(key) ?? { line: 1, column: 1 }, key, sentence);
    },
  };
}

function notActive<F extends Options>(
  options: F,
  { config, given }: Reading<F>,
): readonly NotActive[] {
  const optionKeys = [...given.keys()].filter((key) => activityOf(options, key) === "later");
  const line = (key: string): number => given.get(key)?.line ?? 1;
  return [
    ...optionKeys.map((key) => Object.freeze({ key, line: line(key) })),
    ...openedGates(config).map((gate) =>
      Object.freeze({ key: `featureGates.${gate}`, line: line("featureGates") }),
    ),
  ];
}

/** Gates that the text opens and behind which nothing is built yet. */
function openedGates(config: Readonly<Record<string, unknown>>): readonly string[] {
  const settings = (config["featureGates"] ?? {}) as GateSettings;
  return gateNames.filter((name) => {
    const gate: FeatureGate = featureGates[name];
    return settings[name] === true && !gate.isBuilt;
  });
}

/** Items of lists are not said on their own: their list is. */
function activityOf(options: Options, key: string): OptionText["activity"] {
  const [name = "", ...below] = key.split(".");
  const known = options[name];
  if (known?.kind === "section") return activityOf(known.options as Options, below.join("."));
  return known && known.kind !== "alias" && below.length === 0 ? known.activity : undefined;
}
