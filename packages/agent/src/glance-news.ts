/** Whether others may have changed something since it was compared with what it should be. */
export interface GlanceNews {
  /** Who is asked for it tells of a change. */
  heard(): void;
  /**
   * Whether a comparison is due; if so it is taken for made. `glance` tells of what nobody is told: it is
   * another text after a change.
   */
  take(glance: string, nowMs: number): boolean;
  /** It was not made: it is still due. */
  putBack(): void;
}

/** Compared so often though nothing told of a change, in milliseconds: nobody is trusted for ever. */
const longestMs = 60_000;

export function glanceNews(): GlanceNews {
  let isDue = true;
  let seen = "";
  let takenMs = Number.NEGATIVE_INFINITY;
  return {
    heard() {
      isDue = true;
    },
    take(glance, nowMs) {
      if (!isDue && glance === seen && nowMs - takenMs < longestMs) return false;
      isDue = false;
      seen = glance;
      takenMs = nowMs;
      return true;
    },
    putBack() {
      isDue = true;
    },
  };
}
