import type { RuleKey } from "./rule-keys.ts";

/**
 * Which rules the switch has not confirmed in the form that is wanted. A rule that changes again and again
 * holds nobody up: who waits for it waits for the form that it had then, or a later one.
 */
export interface RuleProgress {
  /** These rules are wanted in another form from here on. */
  wanted(keys: Iterable<RuleKey>): void;
  /** The form that is wanted now, to be confirmed by. */
  formOf(key: RuleKey): number;
  confirmed(key: RuleKey, form: number): void;
  refused(key: RuleKey, reason: string): void;
  /** Why the first of these that was refused was so. */
  problemOf(keys: Iterable<RuleKey>): string | undefined;
  /** Rules that are not confirmed. */
  readonly openCount: number;
  /** Calls back once all are confirmed as they are wanted now, or later; at once where they are. */
  whenConfirmed(keys: Iterable<RuleKey>, onConfirmed: () => void): () => void;
}

interface Waiter {
  readonly left: Map<RuleKey, number>;
  readonly onConfirmed: () => void;
}

export function ruleProgress(): RuleProgress {
  const open = new Map<RuleKey, { readonly form: number; reason?: string }>();
  const waiters = new Map<RuleKey, Set<Waiter>>();
  let lastForm = 0;

  function leave(key: RuleKey, waiter: Waiter): void {
    const those = waiters.get(key);
    those?.delete(waiter);
    if (those?.size === 0) waiters.delete(key);
  }

  function pass(key: RuleKey, form: number, waiter: Waiter): void {
    if ((waiter.left.get(key) ?? Number.POSITIVE_INFINITY) > form) return;
    waiter.left.delete(key);
    leave(key, waiter);
    if (waiter.left.size === 0) waiter.onConfirmed();
  }

  return {
    wanted(keys) {
      lastForm += 1;
      for (const key of keys) open.set(key, { form: lastForm });
    },
    formOf: (key) => open.get(key)?.form ?? lastForm,
    confirmed(key, form) {
      if ((open.get(key)?.form ?? Number.POSITIVE_INFINITY) <= form) open.delete(key);
      for (const waiter of [...(waiters.get(key) ?? [])]) pass(key, form, waiter);
    },
    refused(key, reason) {
      const one = open.get(key);
      if (one) one.reason = reason;
    },
    problemOf(keys) {
      for (const key of keys) {
        const reason = open.get(key)?.reason;
        if (reason !== undefined) return reason;
      }
      return undefined;
    },
    get openCount() {
      return open.size;
    },
    whenConfirmed(keys, onConfirmed) {
      const left = new Map<RuleKey, number>();
      for (const key of keys) {
        const form = open.get(key)?.form;
        if (form !== undefined) left.set(key, form);
      }
      const waiter = { left, onConfirmed };
      for (const key of left.keys()) {
        const those = waiters.get(key) ?? new Set<Waiter>();
        those.add(waiter);
        waiters.set(key, those);
      }
      if (left.size === 0) onConfirmed();
      return () => {
        for (const key of left.keys()) leave(key, waiter);
      };
    },
  };
}
