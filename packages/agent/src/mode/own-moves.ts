import type { Clock } from "@antrea/base";

/** Whether this Node is being brought from one stance to another: what differs meanwhile is its own doing, not drift. */
export interface OwnMoves {
  isUnderWay(): boolean;
  during<T>(move: () => Promise<T>): Promise<T>;
}

/** For how long a move counts at most, in milliseconds: one that hangs must not keep others' changes from being put back. */
const longestMs = 5_000;

export function ownMoves(clock: Clock): OwnMoves {
  let since = Number.NEGATIVE_INFINITY;
  return {
    isUnderWay: () => clock.now() - since < longestMs,
    async during(move) {
      since = clock.now();
      try {
        return await move();
      } finally {
        since = Number.NEGATIVE_INFINITY;
      }
    },
  };
}
