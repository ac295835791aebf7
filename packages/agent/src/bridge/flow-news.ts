import type { FlowUpdate } from "@antrea/openflow";
import { cookieOf, endedOwner, tables } from "@antrea/pipeline";

/** Whether others may have changed flows of the bridge since they were compared with what they should be. */
export interface FlowNews {
  /** What the switch tells of its flows. */
  heard(update: FlowUpdate): void;
  /** A connection began: something may have been missed. A switch that tells nothing is compared whenever somebody asks. */
  connected(tells: boolean): void;
  /** Whether a comparison is due; if so it is taken for made. */
  take(nowMs: number): boolean;
  /** It was not made: it is still due. */
  putBack(): void;
  /** Calls back at news; returns how to stop that. */
  follow(onNews: () => void): () => void;
}

/** Compared so often though the switch told of nothing, in milliseconds: nobody is trusted for ever. */
const longestMs = 300_000;

export function flowNews(): FlowNews {
  const followers = new Set<() => void>();
  let isTold = false;
  let isDue = true;
  let takenMs = Number.NEGATIVE_INFINITY;
  const ring = (): void => {
    isDue = true;
    for (const onNews of followers) onNews();
  };
  return {
    heard(update) {
      if (isNews(update)) ring();
    },
    connected(tells) {
      isTold = tells;
      ring();
    },
    take(nowMs) {
      if (isTold && !isDue && nowMs - takenMs < longestMs) return false;
      isDue = false;
      takenMs = nowMs;
      return true;
    },
    putBack() {
      isDue = true;
    },
    follow(onNews) {
      followers.add(onNews);
      return () => void followers.delete(onNews);
    },
  };
}

/** Where the switch itself writes. */
const notes: ReadonlySet<number> = new Set([tables.RecentDestinations.id, tables.SctpReplies.id]);
const ended = cookieOf("NetworkPolicy", endedOwner);

/** What this connection did itself is no news, nor is what the switch writes or forgets by itself. */
function isNews(update: FlowUpdate): boolean {
  if (update.event === "abbreviated") return false;
  if (!("flow" in update)) return true;
  const { idleTimeoutS, table, cookie } = update.flow;
  return idleTimeoutS === 0 || !(notes.has(table) || cookie === ended);
}
