import type { LabelSelector } from "@antrea/api";
import { quote, type Refusal, refusal } from "./refusal.ts";

/** Labels as Kubernetes has them (apimachinery: validation.IsQualifiedName, IsValidLabelValue). */

const name = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const domain = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

const rightKey =
  'must be a label: 1 to 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends, after a domain and "/" if it has one';
const rightValue =
  'must be the value of a label: up to 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends';

export function isLabelKey(key: string): boolean {
  const slash = key.indexOf("/");
  const prefix = key.slice(0, Math.max(0, slash));
  return (
    (slash < 0 || (prefix.length <= 253 && domain.test(prefix))) && name.test(key.slice(slash + 1))
  );
}

export function isLabelValue(value: string): boolean {
  return value === "" || name.test(value);
}

export function* keyRefusals(key: string, at: string): Generator<Refusal> {
  if (!isLabelKey(key)) yield refusal(at, `is ${quote(key)}`, rightKey);
}

export function* valueRefusals(value: string, at: string): Generator<Refusal> {
  if (!isLabelValue(value)) yield refusal(at, `is ${quote(value)}`, rightValue);
}

export function* selectorRefusals(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  at: string,
): Generator<Refusal> {
  for (const [key, value] of Object.entries(matchLabels)) {
    if (!isLabelKey(key)) yield refusal(`${at}.matchLabels`, `has ${quote(key)}`, rightKey);
    yield* valueRefusals(value, `${at}.matchLabels.${key}`);
  }
  for (const [i, { key, operator, values = [] }] of matchExpressions.entries()) {
    const place = `${at}.matchExpressions[${i}]`;
    yield* keyRefusals(key, `${place}.key`);
    const wantsValues = operator === "In" || operator === "NotIn";
    if (wantsValues && values.length === 0)
      yield refusal(`${place}.values`, "is empty", `must have at least one value for ${operator}`);
    if (!wantsValues && values.length > 0)
      yield refusal(`${place}.values`, `is ${quote(values)}`, `must be left out for ${operator}`);
    for (const [j, value] of values.entries()) yield* valueRefusals(value, `${place}.values[${j}]`);
  }
}

/** Of each of these members of an object that is there. */
export function* selectorsRefusals(
  object: Readonly<Partial<Record<SelectorName, LabelSelector | undefined>>>,
  at: string,
): Generator<Refusal> {
  for (const member of selectorNames) {
    const selector = object[member];
    if (selector) yield* selectorRefusals(selector, `${at}.${member}`);
  }
}

const selectorNames = [
  "podSelector",
  "namespaceSelector",
  "nodeSelector",
  "externalEntitySelector",
] as const;
type SelectorName = (typeof selectorNames)[number];
