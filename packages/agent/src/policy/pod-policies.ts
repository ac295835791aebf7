import { cniError } from "@antrea/api/cni";
import { abortable } from "@antrea/base";
import { CniFailure } from "../pods/cni-failure.ts";
import { type PodInterface, podKey } from "../pods/interface-store.ts";
import type { PodPolicies } from "../pods/pod-network.ts";
import type { LocalPod } from "./local-pods.ts";
import type { PolicyRoom } from "./policy-room.ts";

/** How long a Pod's start waits for its policies, in milliseconds; then the kubelet comes back. */
export const admissionMs = 10_000;

export interface PodPoliciesDeps {
  readonly room: Pick<PolicyRoom, "admit" | "dismiss" | "holdup">;
  /** Whether there is anybody who could tell of a Pod. */
  readonly isTold: () => boolean;
  /** Resolves once flows of Pods may come: this Node knows of policies, or nobody could tell it of any. */
  readonly opened: Promise<void>;
  readonly within: (ms: number) => AbortSignal;
}

/** Keeps Pods closed until the policies that apply to them are in force (decision 38). */
export function podPolicies({ room, isTold, opened, within }: PodPoliciesDeps): PodPolicies {
  return {
    async admit(pod, { uid: named, isNew = false, signal: ended }) {
      const signal = AbortSignal.any([ended, within(admissionMs)]);
      const late = (holdup: string, cause: unknown): CniFailure =>
        new CniFailure(
          cniError("tryAgainLater", `Policies for ${podKey(pod)} are not in force yet: ${holdup}.`),
          { cause },
        );
      if (isNew)
        await abortable(opened, signal).catch((error: unknown) => {
          throw late(noController, error);
        });
      const local = localPodOf(pod);
      const uid = isTold() ? named : undefined;
      if (!local) return;
      try {
        await room.admit(local, { uid, signal });
      } catch (error) {
        throw late(room.holdup(local, uid) ?? "they were too slow", error);
      }
    },
    dismiss: ({ hostName }, { signal }) => room.dismiss(hostName, { signal }),
  };
}

const noController =
  "no controller has told this Node of policies since its agent started; look at it with kubectl -n kube-system get pods -l component=antrea-controller -o wide";

/** Undefined for what no policy can select: no Pod is named, or no port is open. */
export function localPodOf(pod: PodInterface): LocalPod | undefined {
  const { hostName, podNamespace, podName, ofPort, addresses } = pod;
  if (podName === "" || ofPort === undefined) return undefined;
  return { hostName, namespace: podNamespace, name: podName, ofPort, addresses };
}
