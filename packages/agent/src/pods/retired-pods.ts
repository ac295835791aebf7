import { abortable, type Clock, errorText, type Logger, type Realizer, serial } from "@antrea/base";
import type { Flow } from "@antrea/openflow/flow";
import { retiredPodOwner } from "@antrea/pipeline";
import type { DatapathSettled } from "../bridge/datapath-settled.ts";
import type { PodConnections } from "../bridge/pod-connections.ts";
import type { PodInterface } from "./interface-store.ts";

/**
 * What is left of Pods whose DEL was answered: ports and links without flows that carry, whose addresses
 * nobody gets yet. ovs-vswitchd looks at all its ports anew when some go, and the kernel waits for every
 * processor when links end, each as long for many as for one: so they go together, in a quiet moment.
 */
export interface RetiredPods {
  all(): readonly PodInterface[];
  /** Its port says already that it is retired, so an agent that starts anew removes it. */
  add(pod: PodInterface): void;
  /** Runs a call that others wait for: the moment is not quiet. */
  during<T>(call: () => Promise<T>): Promise<T>;
  /** Removes ports, links and what is remembered of Pods, also of such that were never retired. */
  dismantle(
    pods: readonly PodInterface[],
    options: { readonly signal: AbortSignal },
  ): Promise<void>;
  /** Removes now what there is, and resolves when it is gone. */
  clear(options: { readonly signal: AbortSignal }): Promise<void>;
  /** Clears in quiet moments, until the signal. */
  run(signal: AbortSignal): Promise<void>;
}

export interface RetiredPodsDeps {
  readonly ports: {
    remove(hostName: string, options: { readonly signal: AbortSignal }): Promise<void>;
  };
  readonly links: { remove(hostNames: readonly string[]): Promise<void> };
  readonly connections: PodConnections;
  readonly flows: Pick<Realizer<Flow>, "release">;
  readonly datapathSettled: DatapathSettled;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * How long no call may have come, in milliseconds: who makes many makes the next one within this time, and
 * its flows would wait until ovs-vswitchd has closed a port.
 */
const quietMs = 100;
/** How long what is left may wait where calls never end, in milliseconds. */
const patienceMs = 500;
/** How long the datapath may take to follow the tables until ports are removed all the same, in milliseconds. */
const settlingMs = 5_000;
/** How long Open vSwitch may take over all of it, in milliseconds. */
const removalMs = settlingMs + 10_000;
/** After this time a removal that failed is tried again, in milliseconds. */
const retryMs = 3_000;

export function retiredPods({
  ports,
  links,
  connections,
  flows,
  datapathSettled,
  clock,
  log,
}: RetiredPodsDeps): RetiredPods {
  const retired = new Map<string, PodInterface>();
  const one = serial();
  let added = Promise.withResolvers<void>();
  let calls = 0;
  let lastCallAt = Number.NEGATIVE_INFINITY;

  const dismantle: RetiredPods["dismantle"] = async (pods, { signal }) => {
    const names = pods.map(({ hostName }) => hostName);
    await Promise.all(names.map((name) => ports.remove(name, { signal })));
    // behind the ports, so that nothing is remembered anew; before others can have the addresses
    const addresses = pods.flatMap((pod) => pod.addresses);
    await Promise.all([
      connections.forget(addresses, { signal }),
      links.remove(names),
      ...names.map((name) => flows.release(retiredPodOwner(name))),
    ]);
    log.debug("Removed what was left of Pods", { links: names });
  };

  const clear: RetiredPods["clear"] = ({ signal }) =>
    one(async () => {
      const gone = [...retired.values()];
      if (gone.length === 0) return;
      await untilSettled(signal);
      await dismantle(gone, { signal });
      for (const { hostName } of gone) retired.delete(hostName);
    });

  /** The datapath's number of a port is another Pod's soon: until then nothing there may bring it what was the old one's. */
  async function untilSettled(signal: AbortSignal): Promise<void> {
    const within = AbortSignal.any([signal, AbortSignal.timeout(settlingMs)]);
    await datapathSettled({ signal: within }).catch(() => signal.throwIfAborted());
  }

  async function quietMoment(signal: AbortSignal): Promise<void> {
    const latest = clock.now() + patienceMs;
    for (;;) {
      const quietAt = (calls > 0 ? clock.now() : lastCallAt) + quietMs;
      const restMs = Math.min(quietAt, latest) - clock.now();
      if (restMs <= 0) return;
      await clock.sleep(restMs, { signal });
    }
  }

  return {
    all: () => [...retired.values()],
    add(pod) {
      retired.set(pod.hostName, pod);
      added.resolve();
    },
    async during(call) {
      calls++;
      try {
        return await call();
      } finally {
        calls--;
        lastCallAt = clock.now();
      }
    },
    dismantle,
    clear,
    async run(signal) {
      while (!signal.aborted) {
        if (retired.size === 0) {
          added = Promise.withResolvers();
          await abortable(added.promise, signal);
        }
        await quietMoment(signal);
        try {
          await clear({ signal: AbortSignal.any([signal, AbortSignal.timeout(removalMs)]) });
        } catch (error) {
          if (signal.aborted) return;
          log.warn("Could not remove what is left of Pods, will retry", { err: errorText(error) });
          await clock.sleep(retryMs, { signal });
        }
      }
    },
  };
}
