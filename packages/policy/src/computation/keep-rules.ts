import type { PolicyRule } from "../model.ts";

/**
 * The rules of a policy that was compiled anew, where those that are as they were, from both ends, are the
 * former objects: one look tells them apart, and nothing new is kept of a policy with a rule for each
 * Namespace of which one changes. The former list where all are as they were.
 */
export function keepRules(
  former: readonly PolicyRule[],
  now: readonly PolicyRule[],
): readonly PolicyRule[] {
  const most = Math.min(former.length, now.length);
  let first = 0;
  while (first < most && isSame(former[first], now[first])) first++;
  if (first === former.length && first === now.length) return former;
  let last = 0;
  while (last < most - first && isSame(former.at(-1 - last), now.at(-1 - last))) last++;
  const others = now.slice(first, now.length - last);
  return former.slice(0, first).concat(others, former.slice(former.length - last));
}

function isSame(former: PolicyRule | undefined, now: PolicyRule | undefined): boolean {
  return (
    former !== undefined &&
    now !== undefined &&
    former.direction === now.direction &&
    former.action === now.action &&
    former.priority === now.priority &&
    former.name === now.name &&
    former.enableLogging === now.enableLogging &&
    former.logLabel === now.logLabel &&
    isSameList(former.appliedToGroups, now.appliedToGroups) &&
    isSameList(former.peer.addressGroups, now.peer.addressGroups) &&
    isSameData(former.peer.ipBlocks, now.peer.ipBlocks) &&
    isSameData(former.services, now.services)
  );
}

function isSameList(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one, i) => one === others[i]);
}

function isSameData(some: readonly object[], others: readonly object[]): boolean {
  if (some.length !== others.length) return false;
  return some.length === 0 || JSON.stringify(some) === JSON.stringify(others);
}
