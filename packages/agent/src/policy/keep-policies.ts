import type { Clock, Logger } from "@antrea/base";
import { type PolicyStream, policyStreams } from "./receipts.ts";
import { type ShareKeeper, shareKeeper } from "./keep-share.ts";
import type { PolicyFiles } from "./io/policy-files.ts";
import type { LocalPod } from "./local-pods.ts";
import type { PolicyRoom } from "./policy-room.ts";
import type { PolicyShare } from "./state.ts";

export interface PolicyStartDeps {
  readonly room: PolicyRoom;
  readonly files: PolicyFiles;
  /** All that this Node is to enforce is known, and on the switch as far as it takes it. */
  readonly onKnown: () => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How policies begin on a Node: from the agent before, then from the controller. */
export interface PolicyStart {
  /** A stream of the controller has told all that there is. */
  told(stream: PolicyStream): void;
  readonly isKnown: boolean;
  /** Takes up what the agent before kept, for these Pods; before any stream is followed. */
  begin(pods: readonly LocalPod[]): void;
  /**
   * Resolves when the switch has answered for all that is known. Where the agent before kept nothing, and
   * left Pods that are to be protected, waits a little for the controller.
   */
  ready(options: { readonly signal: AbortSignal }): Promise<void>;
  readonly keeper: ShareKeeper;
}

/** How long a start waits for a controller, in milliseconds. */
const controllerMs = 5_000;

export function policyStart({ room, files, onKnown, clock, log }: PolicyStartDeps): PolicyStart {
  const heard = new Set<PolicyStream>();
  const known = Promise.withResolvers<void>();
  let isKnown = false;
  let hasPods = false;
  const { state } = room;
  const keeper = shareKeeper({
    share: () => (isKnown ? state.share() : undefined),
    write: files.write,
    clock,
    log,
  });

  function becomeKnown(): void {
    if (isKnown) return;
    isKnown = true;
    keeper.changed();
    void room.settle().then(() => {
      onKnown();
      known.resolve();
    });
  }

  function load(share: PolicyShare): void {
    state.appliedToGroups.replace(share.appliedToGroups);
    state.addressGroups.replace(share.addressGroups);
    state.networkPolicies.replace(share.networkPolicies);
    log.info("Took up the policies of the agent before", {
      policies: share.networkPolicies.length,
    });
  }

  return {
    keeper,
    get isKnown() {
      return isKnown;
    },
    told(stream) {
      heard.add(stream);
      if (policyStreams.every((one) => heard.has(one))) becomeKnown();
    },
    begin(pods) {
      hasPods = pods.length > 0;
      for (const pod of pods) state.putPod(pod);
      const share = files.read();
      if (!share) return;
      load(share);
      becomeKnown();
    },
    async ready({ signal }) {
      if (isKnown) return known.promise;
      if (hasPods && !(await within(known.promise, controllerMs, clock, signal)))
        log.warn(
          "No policies are known: what the switch has of the agent before stays as it is, and no Pod gets a flow that is not there",
        );
    },
  };
}

/** Whether it came in time. */
async function within(
  promise: Promise<void>,
  ms: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  const timer = new AbortController();
  const late = clock.sleep(ms, { signal: AbortSignal.any([signal, timer.signal]) });
  const isInTime = await Promise.race([promise.then(() => true), late.then(() => false)]);
  timer.abort();
  late.catch(() => {});
  return isInTime;
}
