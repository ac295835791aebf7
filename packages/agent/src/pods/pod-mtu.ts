import { isDeepStrictEqual } from "node:util";
import { type Clock, errorText, type Logger, serial } from "@antrea/base";
import { HostError } from "@antrea/linux";
import type { Cidr } from "@antrea/net";
import type { PodMtu } from "@antrea/pipeline";
import { type PodInterface, podKey } from "./interface-store.ts";

/** How large packets of this Node's Pods may be. */
export interface PodSizes {
  readonly mtu: PodMtu;
  /** Pod networks to which `mtu.direct` is sent, where it is more than `mtu.far`; undefined while they are not known. */
  readonly directPodCidrs: readonly Cidr[] | undefined;
}

export interface PodMtusDeps {
  readonly pods: () => readonly PodInterface[];
  /** Brings one Pod to the sizes in force; gives how many steps it took. */
  readonly fit: (pod: PodInterface) => number;
  /** The sizes in force. */
  readonly sizes: () => PodSizes;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Has running Pods follow the Node's MTU. */
export interface PodMtus {
  /**
   * Brings all of them to the sizes in force, if they were not yet. Those that cannot be reached are named
   * in the log, and keep theirs.
   */
  settle(): Promise<void>;
  /** Looks whether some of them are still so, the next ones each time; puts right what others changed, and tells what. */
  resync(): Promise<readonly string[]>;
}

/** How long one go of looking at Pods may take of the processor, in milliseconds: one of them takes half of one, and ten with hundreds of routes. */
const mostMs = 3;

export function podMtus({ pods, fit, sizes, clock, log }: PodMtusDeps): PodMtus {
  const one = serial();
  let settled: PodSizes | undefined;
  let next = 0;
  /** By their links. */
  const unreachable = new Set<string>();

  function tryToFit(pod: PodInterface): number {
    try {
      const steps = fit(pod);
      unreachable.delete(pod.hostName);
      return steps;
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      if (unreachable.has(pod.hostName)) return 0;
      unreachable.add(pod.hostName);
      log.warn("Could not bring a Pod to the MTU in force: it keeps its own until it starts anew", {
        pod: podKey(pod),
        netns: pod.netns,
        err: errorText(error),
      });
      return 0;
    }
  }

  async function settleAll(): Promise<void> {
    const aim = sizes();
    if (isDeepStrictEqual(settled, aim)) return;
    let changed = 0;
    for (const pod of pods()) {
      if (tryToFit(pod) > 0) changed += 1;
      await clock.sleep(0); // others wait for no more than one Pod
    }
    settled = aim;
    if (changed > 0) log.info("Brought running Pods to another MTU", { pods: changed, ...aim.mtu });
  }

  /**
   * As many as there is time for; each comes in its turn. It ends when other sizes come into force meanwhile:
   * what the Node itself changes is nobody's edit.
   */
  async function lookAtSome(): Promise<readonly string[]> {
    const all = pods();
    const there = new Set(all.map(({ hostName }) => hostName));
    for (const name of unreachable) if (!there.has(name)) unreachable.delete(name);
    const lines: string[] = [];
    let spentMs = 0;
    for (let looked = 0; looked < all.length && spentMs < mostMs; looked++) {
      next = next < all.length ? next : 0;
      const pod = all[next++];
      if (!pod || !isDeepStrictEqual(settled, sizes())) break;
      const since = clock.now();
      const steps = tryToFit(pod);
      spentMs += clock.now() - since;
      if (steps > 0) lines.push(`~ MTU of ${podKey(pod)}`);
      await clock.sleep(0);
    }
    return lines;
  }

  return {
    settle: () => one(settleAll),
    resync: () =>
      one(async () => {
        await settleAll();
        return lookAtSome();
      }),
  };
}
