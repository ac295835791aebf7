import type { Logger } from "@antrea/base";
import { type PodInterface, podKey } from "./interface-store.ts";
import type { PodNetwork } from "./pod-network.ts";

export interface StartUpDeps {
  readonly network: PodNetwork;
  readonly pods: () => readonly PodInterface[];
  /** The Node's links, among them the Node's ends of those of Pods. */
  readonly linkNames: () => Promise<ReadonlySet<string>>;
  readonly log: Logger;
}

/**
 * Takes up the Pods that are on the bridge after a restart. A port whose link is gone belongs to a
 * Pod that is gone: its namespace took the link along. The API server is not asked, so that a
 * restart while it is away keeps every Pod. Only before CNI calls are answered: a Pod that is being
 * taken apart meanwhile would get its flows back.
 */
export async function takeUpPods(
  { network, pods, linkNames, log }: StartUpDeps,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  const there = await linkNames(); // one look: at each Pod's it would cost the square of their number
  for (const pod of pods()) {
    if (there.has(pod.hostName)) continue;
    log.info("Removing port of a Pod that is gone", { pod: podKey(pod), port: pod.hostName });
    await network.remove(pod, { signal });
  }
  await Promise.all(pods().map((pod) => network.refresh(pod)));
}
