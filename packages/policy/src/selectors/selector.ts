import type { LabelRequirement, LabelSelector } from "@antrea/api";
import type { Labels } from "../computation/records.ts";

/**
 * A selector of labels in its normal form: two that ask for the same in other words, order or
 * repetition are equal, and have the same text.
 */
export interface Selector {
  /** All must hold. */
  readonly requirements: readonly Requirement[];
  /** As `kubectl -l` takes it; what has other characters than labels may have is quoted. */
  readonly text: string;
}

export interface Requirement {
  readonly key: string;
  readonly operator: LabelRequirement["operator"];
  /** Sorted, each once. */
  readonly values: readonly string[];
}

export const everything: Selector = { requirements: [], text: "" };

/** No selector at all is everything too: where that means something else, the caller has looked. */
export function normalizeSelector(selector: LabelSelector | undefined): Selector {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  return selectorOf([
    ...Object.entries(matchLabels).map(([key, value]) => labelIs(key, value)),
    ...matchExpressions.map(normalizeRequirement),
  ]);
}

export function selectorOf(requirements: readonly Requirement[]): Selector {
  const [only, ...more] = requirements;
  if (!only) return everything;
  if (more.length === 0) return { requirements, text: requirementText(only) };
  const byText = new Map(requirements.map((one) => [requirementText(one), one]));
  const texts = [...byText.keys()].toSorted();
  return {
    requirements: texts.flatMap((text) => byText.get(text) ?? []),
    text: texts.join(","),
  };
}

export function labelIs(key: string, value: string): Requirement {
  return { key, operator: "In", values: [value] };
}

/** Labels of a Service's selector, which has no other requirements. */
export function selectorOfLabels(labels: Labels): Selector {
  return selectorOf(Object.entries(labels).map(([key, value]) => labelIs(key, value)));
}

export function both(a: Selector, b: Selector): Selector {
  return selectorOf([...a.requirements, ...b.requirements]);
}

export function matches({ requirements }: Selector, labels: Labels): boolean {
  for (const requirement of requirements) if (!holds(requirement, labels)) return false;
  return true;
}

/** `NotIn` holds where the label is missing (apimachinery: Requirement.Matches). */
function holds({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  if (operator === "Exists") return value !== undefined;
  if (operator === "DoesNotExist") return value === undefined;
  const isIn = value !== undefined && values.includes(value);
  return isIn === (operator === "In");
}

/** What Kubernetes refuses, `In` without values and `Exists` with some, selects nothing. */
function normalizeRequirement({ key, operator, values = [] }: LabelRequirement): Requirement {
  const wantsValues = operator === "In" || operator === "NotIn";
  if (wantsValues !== values.length > 0) return { key, operator: "In", values: [] };
  return { key, operator, values: [...new Set(values)].toSorted() };
}

function requirementText({ key, operator, values }: Requirement): string {
  const name = quoted(key);
  if (operator === "Exists") return name;
  if (operator === "DoesNotExist") return `!${name}`;
  const [only, ...more] = values.map(quoted);
  if (operator === "In" && only !== undefined && more.length === 0) return `${name}=${only}`;
  return `${name} ${operator === "In" ? "in" : "notin"} (${values.map(quoted).join(",")})`;
}

/** So that no text can pass for that of another selector. */
export function quoted(text: string): string {
  return /^[\w./-]*$/.test(text) ? text : JSON.stringify(text);
}
