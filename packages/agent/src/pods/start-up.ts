import type { Logger } from "@antrea/base";
import { type PodInterface, podKey } from "./interface-store.ts";
import type { HostEnds, PodNetwork } from "./pod-network.ts";

export interface StartUpDeps {
  readonly network: PodNetwork;
  readonly pods: () => readonly PodInterface[];
  /** The Node's ends of Pods' links. */
  readonly hostEnds: () => Promise<HostEnds>;
  readonly log: Logger;
}

/**
 * Takes up the Pods that are on the bridge after a restart. A port whose link is gone belongs to a
 * Pod that is gone: its namespace took the link along. A link of ours without a port is removed: the
 * agent before us died before it made one. The API server is not asked, so that a
 * restart while it is away keeps every Pod. Only before CNI calls are answered: a Pod that is being
 * taken apart meanwhile would get its flows back.
 */
export async function takeUpPods(
  { network, pods, hostEnds, log }: StartUpDeps,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  const { all } = await hostEnds(); // one look: at each Pod's it would cost the square of their number
  for (const pod of pods()) {
    if (all.has(pod.hostName)) continue;
    log.info("Removing port of a Pod that is gone", { pod: podKey(pod), port: pod.hostName });
    await network.remove(pod, { signal });
  }
  await network.removeOrphans({ signal });
  await Promise.all(pods().map((pod) => network.refresh(pod)));
}
