/** How many probes may be sent: so many a second, and a few at once. Pure in the time. */
export interface Budget {
  readonly tokens: number;
  readonly at: number;
}

/**
 * Probes a second of one Node, whatever happens. 1000 idle peers need 3.3, each that Pods talk to
 * directly 1.25, all peers of a Node that starts 7 each: 1000 of them take some 15 seconds.
 */
export const probesPerSecond = { urgent: 1000, others: 500 } as const;

/** What is kept back for probes that keep traffic from being lost. */
const reserve = 20;
const most = 100;

export function newBudget(now: number): Budget {
  return { tokens: most, at: now };
}

export function refilled({ tokens, at }: Budget, now: number): Budget {
  const earned = ((now - at) / 1000) * probesPerSecond.urgent;
  return { tokens: Math.min(most, tokens + earned), at: now };
}

/** Whether so many probes may go now. */
export function allows({ tokens }: Budget, probes: number, isUrgent: boolean): boolean {
  return tokens >= probes + (isUrgent ? 0 : reserve);
}

export function spent(budget: Budget, probes: number, isUrgent: boolean): Budget {
  // those that only look for a better path cost double, and so get half
  const price = isUrgent ? 1 : probesPerSecond.urgent / probesPerSecond.others;
  return { ...budget, tokens: budget.tokens - probes * price };
}
