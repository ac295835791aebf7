/**
 * Manifests as plain data with a reason beside what needs one: `why("…", rule)` is the rule itself,
 * and its reason becomes a comment above it in the YAML.
 */

const reasons = new WeakMap<object, string>();

/** `value`, to be written with `reason` as a comment above it. */
export function why<T extends object>(reason: string, value: T): T {
  reasons.set(value, reason);
  return value;
}

export function reasonOf(value: unknown): string | undefined {
  return typeof value === "object" && value !== null ? reasons.get(value) : undefined;
}
