import type { Place } from "./priority-assigner.ts";
import type { PrioritySpace, RuleOrder } from "./priority-space.ts";

interface Wanted {
  readonly order: RuleOrder;
  /** How many priorities. */
  readonly width: number;
}

/**
 * Places for orders that are sorted: each at its wish, or just below the one before it where that
 * stands in the way; then those at the bottom push up, as far as they must. Who finds no room at all
 * is crowded.
 */
export function placeAll(wanted: readonly Wanted[], space: PrioritySpace): readonly Place[] {
  const floor = space.bottom + space.crowded;
  const fitting = countFitting(wanted, space.top - floor + 1);
  const firsts: number[] = [];
  let free = space.top;
  for (const { order, width } of wanted.slice(0, fitting)) {
    const first = Math.min(free, space.top - Math.floor(space.wish(order)));
    firsts.push(first);
    free = first - width;
  }
  pushUp(firsts, wanted, floor);
  const placed = firsts.map((first, i) => ({ first, width: widthOf(wanted, i), isCrowded: false }));
  const crowded = { first: floor - 1, width: space.crowded, isCrowded: true };
  return [...placed, ...wanted.slice(fitting).map(() => crowded)];
}

function countFitting(wanted: readonly Wanted[], room: number): number {
  let left = room;
  const tooMany = wanted.findIndex(({ width }) => {
    left -= width;
    return left < 0;
  });
  return tooMany < 0 ? wanted.length : tooMany;
}

function pushUp(firsts: number[], wanted: readonly Wanted[], floor: number): void {
  let lowest = floor;
  for (let i = firsts.length - 1; i >= 0; i--) {
    const needed = lowest + widthOf(wanted, i) - 1;
    if ((firsts[i] as number) >= needed) return;
    firsts[i] = needed;
    lowest = needed + 1;
  }
}

function widthOf(wanted: readonly Wanted[], i: number): number {
  return wanted[i]?.width ?? 1;
}
