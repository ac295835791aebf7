import { type FlowOwner, ownerHash } from "../cookies.ts";
import { compareOrders, prioritySpaces, type RuleOrder } from "./priority-space.ts";
import { placeAll } from "./place-orders.ts";

export type { RuleOrder } from "./priority-space.ts";

/** What a rule was given. */
export interface Placement {
  readonly priority: number;
  /**
   * All places in order are taken by rules before this one. It fails closed: at this priority,
   * below all others, what denies is in force, and what allows or passes is not.
   */
  readonly isCrowded: boolean;
}

/** Gives rules their OpenFlow priorities: who comes first in order stands higher. */
export interface PriorityAssigner {
  /**
   * Rules that came, went (undefined) or have another order, all of one event. Gives the owners whose
   * placement is another now; send these in one bundle, then no moment has another order.
   */
  update(changes: Iterable<readonly [FlowOwner, RuleOrder | undefined]>): ReadonlySet<FlowOwner>;
  placementOf(owner: FlowOwner): Placement | undefined;
}

/** Rules of one order. None of them is first, so they may share a priority. */
interface Peers {
  readonly order: RuleOrder;
  readonly owners: Set<FlowOwner>;
  place: Place;
}

/** The highest of `width` priorities. */
export interface Place {
  readonly first: number;
  readonly width: number;
  readonly isCrowded: boolean;
}
const nowhere: Place = { first: 0, width: 0, isCrowded: false };

/**
 * The priorities follow from which orders there are and from nothing else, so that a restarted agent
 * comes to the same ones in whatever sequence it hears of the rules. One more order moves those
 * alone that stand in its way, down to the next gap.
 */
export function priorityAssigner(stage: "tiered" | "baseline"): PriorityAssigner {
  const space = prioritySpaces[stage];
  const byKey = new Map<string, Peers>();
  const keys = new Map<FlowOwner, string>();
  let sorted: Peers[] = [];

  const leave = (owner: FlowOwner): void => {
    const key = keys.get(owner);
    if (key === undefined) return;
    keys.delete(owner);
    const peers = byKey.get(key);
    peers?.owners.delete(owner);
    if (peers?.owners.size === 0) byKey.delete(key);
  };
  const enter = (owner: FlowOwner, order: RuleOrder): void => {
    const key = `${order.tierPriority}/${order.priority}/${order.rule}`;
    const peers = byKey.get(key) ?? { order, owners: new Set(), place: nowhere };
    if (peers.owners.size === 0) {
      byKey.set(key, peers);
      sorted.push(peers);
    }
    peers.owners.add(owner);
    keys.set(owner, key);
  };

  /** Puts all in their places; gives who moved. */
  const settle = (): FlowOwner[] => {
    sorted = sorted
      .filter(({ owners }) => owners.size > 0)
      .sort((a, b) => compareOrders(a.order, b.order));
    const places = placeAll(
      sorted.map(({ order, owners }) => ({ order, width: widthFor(owners.size) })),
      space,
    );
    return sorted.flatMap((peers, i) => moved(peers, places[i] as Place));
  };

  return {
    update(changes) {
      const changed = new Set<FlowOwner>();
      for (const [owner, order] of changes) {
        leave(owner);
        if (order) enter(owner, order);
        changed.add(owner);
      }
      for (const owner of settle()) changed.add(owner);
      return changed;
    },
    placementOf(owner) {
      const place = byKey.get(keys.get(owner) ?? "")?.place;
      if (!place) return undefined;
      const { first, width, isCrowded } = place;
      return { priority: first - (ownerHash(owner) % width), isCrowded };
    },
  };
}

function moved(peers: Peers, place: Place): readonly FlowOwner[] {
  const { first, width, isCrowded } = peers.place;
  if (first === place.first && width === place.width && isCrowded === place.isCrowded) return [];
  peers.place = place;
  return [...peers.owners];
}

/** A flow that all of them share has room for some thousand conjunctions; beyond that they spread. */
const rulesPerPriority = 1024;
function widthFor(rules: number): number {
  return 2 ** Math.max(0, Math.ceil(Math.log2(rules / rulesPerPriority)));
}
