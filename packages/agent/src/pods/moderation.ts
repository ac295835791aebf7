import { type Clock, errorText, type Logger } from "@antrea/base";
import type { DeviceFrames, ReceiveModeration } from "@antrea/linux";
import { type PodInterface, podKey } from "./interface-store.ts";

/** How a Pod receives: `busy` in a stream, `calm` where each frame may be an answer that someone waits for. */
export type Load = "calm" | "busy";

/**
 * The Node's end of a veth hands over each frame by itself, and the Pod's TCP answers every second
 * of them. Gathered for a tenth of a millisecond they are joined, and answered once: a stream is a
 * third faster. A single question and answer would pay a timer for each, some 10 µs. More than
 * 256 frames do not wait: that is a veth's ring.
 */
export const moderationOf: Readonly<Record<Load, ReceiveModeration>> = {
  calm: { flushTimeoutNs: 0, deferHardIrqs: 0 },
  busy: { flushTimeoutNs: 100_000, deferHardIrqs: 1 },
};

/** Frames a second. Questions and answers on one connection of this datapath stay below the lower one. */
const busyFrom = 20_000;
const calmBelow = 10_000;

/** Between the two limits it stays what it was, so that it does not flap. */
export function loadOf(framesPerSecond: number, before: Load): Load {
  if (framesPerSecond >= busyFrom) return "busy";
  return framesPerSecond < calmBelow ? "calm" : before;
}

/** How often the devices are looked at, in milliseconds. */
const tickMs = 250;
/** The same where no Pod receives more than `restBelow`: a look takes what all devices of the Node have to tell. */
const restTickMs = 1_000;
/** Frames a second. */
const restBelow = 1_000;

export interface ModerationDeps {
  readonly pods: () => readonly PodInterface[];
  /** What each of the Node's devices has carried. */
  readonly frames: () => ReadonlyMap<string, DeviceFrames>;
  /** Throws where it cannot be done. */
  readonly moderate: (pod: PodInterface, moderation: ReceiveModeration) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

interface Seen {
  readonly sent: number;
  readonly at: number;
  /** Frames a second since the look before; undefined at the first. */
  readonly rate: number | undefined;
  readonly load: Load;
}

/** Lets each Pod gather frames while it receives many. */
export async function moderateReceivers(deps: ModerationDeps, signal: AbortSignal): Promise<void> {
  let seen: ReadonlyMap<string, Seen> = new Map();
  /** Pods of an earlier agent: how it had set them is not known. Links are born calm. */
  const inherited = new Set(deps.pods().map(({ hostName }) => hostName));
  while (!signal.aborted) {
    seen = lookOnce(deps, seen, inherited);
    const isAtRest = deps.pods().every(({ hostName }) => isRest(seen.get(hostName)));
    await deps.clock.sleep(isAtRest ? restTickMs : tickMs, { signal });
  }
}

/** Not so where it is not known yet. */
const isRest = (seen: Seen | undefined): boolean => (seen?.rate ?? restBelow) < restBelow;

function lookOnce(
  { pods, frames, moderate, clock, log }: ModerationDeps,
  seen: ReadonlyMap<string, Seen>,
  inherited: Set<string>,
): ReadonlyMap<string, Seen> {
  if (pods().length === 0) return new Map();
  const carried = frames();
  const at = clock.now();
  const next = new Map<string, Seen>();
  for (const pod of pods()) {
    const sent = carried.get(pod.hostName)?.sent;
    if (sent === undefined) continue; // its link is on its way in or out
    const last = seen.get(pod.hostName);
    const rate = last && ((sent - last.sent) * 1000) / (at - last.at);
    const load = loadOf(rate ?? 0, last?.load ?? "calm");
    next.set(pod.hostName, { sent, at, rate, load });
    if (!inherited.delete(pod.hostName) && load === (last?.load ?? "calm")) continue;
    try {
      moderate(pod, moderationOf[load]);
      if (last) log.debug("A Pod receives otherwise now", { pod: podKey(pod), load });
    } catch (error) {
      // it is slower, and otherwise well; it is tried anew when its load changes
      log.debug("Could not set how a Pod receives", { pod: podKey(pod), err: errorText(error) });
    }
  }
  return next;
}
