import { isDeepStrictEqual } from "node:util";
import type { NetworkState } from "@antrea/api";
import { type BackOff, type Clock, errorText, type Logger } from "@antrea/base";
import {
  type FollowInput,
  hearLinksMs,
  nextMove,
  type Stance,
  underWayMs,
} from "@antrea/pipeline/mode";

export interface FollowDeps {
  /** The stance that was taken at the start. */
  readonly first: Stance;
  readonly hasTunnel: boolean;
  /** What else the next move depends on, as it is now. */
  readonly look: () => Pick<FollowInput, "change" | "nodes" | "peers" | "links">;
  /** What the other Nodes read of this one. */
  readonly heard: () => NetworkState | undefined;
  /** Makes this Node send and take so; resolves once its switch and its kernel have confirmed it. */
  readonly take: (stance: Stance, signal: AbortSignal) => Promise<void>;
  /** Tells the other Nodes; resolves once the API server has it. */
  readonly tell: (state: NetworkState, signal: AbortSignal) => Promise<void>;
  /** Calls back when anything above may have changed, until the signal. */
  readonly follow: (onChange: () => void, signal: AbortSignal) => void;
  readonly backOff: BackOff;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Changes that come together are looked at together, in milliseconds. */
const gatherMs = 20;
/** How long our own word takes at most to come back to us; after that somebody else has changed it. In milliseconds. */
const hearMs = 2_000;

/** Follows changes of the settings that all Nodes share, and tells how far this Node has come, until the signal. */
export async function followChange(deps: FollowDeps, signal: AbortSignal): Promise<void> {
  const { look, hasTunnel, clock, log } = deps;
  let current = deps.first;
  let told = deps.heard(); // by the agent before this one
  let toldAt = 0;
  let [linksAt, acceptsAt] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let news = Promise.withResolvers<void>();
  deps.follow(() => news.resolve(), signal);
  signal.addEventListener("abort", () => news.resolve(), { once: true });

  async function tell(state: NetworkState): Promise<void> {
    await deps.tell(state, signal);
    const before = told;
    [told, toldAt] = [state, clock.now()];
    if (!isDeepStrictEqual(state.links, before?.links)) {
      linksAt = toldAt;
      lookAgainIn(hearLinksMs);
    }
    if (!isDeepStrictEqual(state.accepts, before?.accepts)) {
      acceptsAt = toldAt;
      lookAgainIn(underWayMs);
    }
  }

  function lookAgainIn(ms: number): void {
    clock.sleep(ms, { signal }).then(
      () => news.resolve(),
      () => {}, // all ends
    );
  }

  async function move(): Promise<void> {
    if (clock.now() - toldAt > hearMs && !isDeepStrictEqual(deps.heard(), told)) told = undefined;
    for (;;) {
      const now = clock.now();
      const ages = { linksAgeMs: now - linksAt, acceptsAgeMs: now - acceptsAt };
      const next = nextMove({ ...look(), current, told, hasTunnel, ...ages });
      if (!next) return;
      if (next.kind === "tell") await tell(next.state);
      else {
        await deps.take(next.stance, signal);
        current = next.stance;
      }
    }
  }

  news.resolve(); // the change may be older than this program
  for (let failures = 0; !signal.aborted; ) {
    await news.promise;
    await clock.sleep(gatherMs, { signal }).catch(() => {});
    if (signal.aborted) return;
    news = Promise.withResolvers();
    try {
      await move();
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      const waiting = errorText(error);
      log.warn("Could not follow a change of the traffic mode, will retry", { err: waiting });
      // the others read why; that this may fail too is no further news
      if (told && told.waiting !== waiting) await tell({ ...told, waiting }).catch(() => {});
      await clock.sleep(deps.backOff.delayMs(++failures), { signal }).catch(() => {});
      news.resolve();
    }
  }
}
