/** Where a rule stands among all of its stage: the lowest first, one by one. */
export interface RuleOrder {
  readonly tierPriority: number;
  /** The policy's, with decimals. */
  readonly priority: number;
  /** The place in its policy, from 0. */
  readonly rule: number;
}

export function compareOrders(a: RuleOrder, b: RuleOrder): number {
  return a.tierPriority - b.tierPriority || a.priority - b.priority || a.rule - b.rule;
}

/** OpenFlow priorities that rules of one stage are given. */
export interface PrioritySpace {
  readonly top: number;
  readonly bottom: number;
  /** How many from the bottom are for what finds no place in order. */
  readonly crowded: number;
  /** How far below the top a rule wishes to stand, so that those that come later find room beside it. */
  wish(order: RuleOrder): number;
}

/** Antrea's ranges: below 64990, where it lets live connections pass, and below 190, where isolation is. */
export const prioritySpaces: Readonly<Record<"tiered" | "baseline", PrioritySpace>> = {
  tiered: {
    top: 64989,
    bottom: 101,
    crowded: 16,
    wish: ({ tierPriority, priority, rule }) =>
      tierPriority > 250 ? 60_000 + priority * 4 + rule : tierPriority * 200 + priority * 20 + rule,
  },
  baseline: {
    top: 180,
    bottom: 10,
    crowded: 4,
    wish: ({ tierPriority, priority, rule }) =>
      tierPriority > 253 ? 120 + priority / 20 + rule : priority * 10 + rule,
  },
};
