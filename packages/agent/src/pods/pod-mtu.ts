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

/** How many Pods are looked at in one go: each takes a third of a millisecond. */
const mostAtOnce = 16;

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

  async function fitEach(some: readonly PodInterface[]): Promise<readonly string[]> {
    const lines: string[] = [];
    for (const pod of some) {
      if (tryToFit(pod) > 0) lines.push(`~ MTU of ${podKey(pod)}`);
      await clock.sleep(0); // others wait for no more than one Pod
    }
    return lines;
  }

  async function settleAll(): Promise<void> {
    const aim = sizes();
    if (isDeepStrictEqual(settled, aim)) return;
    const { length } = await fitEach(pods());
    settled = aim;
    if (length > 0) log.info("Brought running Pods to another MTU", { pods: length, ...aim.mtu });
  }

  /** Some, in turn. */
  function nextPods(): readonly PodInterface[] {
    const all = pods();
    const there = new Set(all.map(({ hostName }) => hostName));
    for (const name of unreachable) if (!there.has(name)) unreachable.delete(name);
    if (next >= all.length) next = 0;
    const some = all.slice(next, next + mostAtOnce);
    next += mostAtOnce;
    return some;
  }

  return {
    settle: () => one(settleAll),
    resync: () =>
      one(async () => {
        await settleAll(); // what the Node itself changed is nobody's edit
        return fitEach(nextPods());
      }),
  };
}
