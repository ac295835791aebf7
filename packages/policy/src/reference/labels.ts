import type { LabelRequirement, LabelSelector } from "@antrea/api";
import type { Labels } from "../computation/records.ts";

/**
 * Whether a selector that exists selects these labels (meta/v1 LabelSelector): every requirement holds,
 * so that {} selects all. What the absence of a selector means is for the field that lacks it.
 */
export function selects(selector: LabelSelector, labels: Labels): boolean {
  const pairs = Object.entries(selector.matchLabels ?? {});
  return (
    pairs.every(([key, value]) => valueOf(labels, key) === value) &&
    (selector.matchExpressions ?? []).every((requirement) => holds(requirement, labels))
  );
}

/** An empty value is a value; a missing key satisfies `NotIn` and `DoesNotExist` alone. */
function holds({ key, operator, values = [] }: LabelRequirement, labels: Labels): boolean {
  const value = valueOf(labels, key);
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
  }
}

/** Labels may be called `constructor`. */
export function valueOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
