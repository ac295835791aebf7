import { type FlowOwner, ownerHash } from "../cookies.ts";

/** Numbers of rules: what conjunctions are called in flows, and what connections remember. */
export interface RuleIds {
  /** The owner's number, the same one until it is released. */
  idOf(owner: FlowOwner): number;
  ownerOf(id: number): FlowOwner | undefined;
  release(owner: FlowOwner): void;
}

/**
 * A rule's number is the hash of its owner's name, which its cookie bears too: a restarted agent finds
 * the same numbers without having written them down. Where two hashes are equal, who comes second
 * gets the next free number, and after a restart perhaps the other one: two rules are then sent again.
 */
export function ruleIds(): RuleIds {
  const ids = new Map<FlowOwner, number>();
  const owners = new Map<number, FlowOwner>();
  const allocate = (owner: FlowOwner): number => {
    let id = ownerHash(owner);
    while (id === 0 || owners.has(id)) id = (id + 1) >>> 0;
    ids.set(owner, id);
    owners.set(id, owner);
    return id;
  };
  return {
    idOf: (owner) => ids.get(owner) ?? allocate(owner),
    ownerOf: (id) => owners.get(id),
    release(owner) {
      const id = ids.get(owner);
      if (id === undefined) return;
      ids.delete(owner);
      owners.delete(id);
    },
  };
}
