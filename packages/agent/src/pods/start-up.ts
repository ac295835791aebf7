import type { Logger } from "@antrea/base";
import { type PodInterface, podKey } from "./interface-store.ts";
import type { PodNetwork } from "./pod-network.ts";

export interface StartUpDeps {
  readonly network: PodNetwork;
  readonly pods: () => readonly PodInterface[];
  /** Whether the Node's end of the Pod's link is there. */
  readonly hasLink: (hostName: string) => Promise<boolean>;
  readonly log: Logger;
}

/**
 * Takes up the Pods that are on the bridge after a restart. A port whose link is gone belongs to a
 * Pod that is gone: its namespace took the link along. The API server is not asked, so that a
 * restart while it is away keeps every Pod. Only before CNI calls are answered: a Pod that is being
 * taken apart meanwhile would get its flows back.
 */
export async function takeUpPods(
  { network, pods, hasLink, log }: StartUpDeps,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  for (const pod of pods()) {
    if (await hasLink(pod.hostName)) continue;
    log.info("Removing port of a Pod that is gone", { pod: podKey(pod), port: pod.hostName });
    await network.remove(pod, { signal });
  }
  await Promise.all(pods().map((pod) => network.refresh(pod)));
}
