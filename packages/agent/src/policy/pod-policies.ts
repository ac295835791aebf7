import { cniError } from "@antrea/api/cni";
import { CniFailure } from "../pods/cni-failure.ts";
import { type PodInterface, podKey } from "../pods/interface-store.ts";
import type { PodPolicies } from "../pods/pod-network.ts";
import type { LocalPod } from "./local-pods.ts";
import type { PolicyRoom } from "./policy-room.ts";

/** How long a Pod's start waits for its policies, in milliseconds; then the kubelet comes back. */
export const admissionMs = 10_000;

/** Keeps Pods closed until the policies that apply to them are in force (decision 38). */
export function podPolicies(
  room: Pick<PolicyRoom, "admit" | "dismiss" | "holdup">,
  /** Whether there is anybody who could tell of a Pod. */
  isTold: () => boolean,
  within: (ms: number) => AbortSignal,
): PodPolicies {
  return {
    async admit(pod, { uid: named, signal }) {
      const local = localPodOf(pod);
      const uid = isTold() ? named : undefined;
      if (!local) return;
      try {
        await room.admit(local, { uid, signal: AbortSignal.any([signal, within(admissionMs)]) });
      } catch (error) {
        const holdup = room.holdup(local, uid) ?? "they were too slow";
        throw new CniFailure(
          cniError("tryAgainLater", `Policies for ${podKey(pod)} are not in force yet: ${holdup}.`),
          { cause: error },
        );
      }
    },
    dismiss: ({ hostName }, { signal }) => room.dismiss(hostName, { signal }),
  };
}

/** Undefined for what no policy can select: no Pod is named, or no port is open. */
export function localPodOf(pod: PodInterface): LocalPod | undefined {
  const { hostName, podNamespace, podName, ofPort, addresses } = pod;
  if (podName === "" || ofPort === undefined) return undefined;
  return { hostName, namespace: podNamespace, name: podName, ofPort, addresses };
}
