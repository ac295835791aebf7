import { apiClient } from "../../io/api-client.ts";
import { processesInCgroup } from "../../io/cgroup.ts";
import type { Lab } from "../../io/lab.ts";
import { signalProcess } from "../../io/process-table.ts";
import { waitFor } from "../../io/wait.ts";
import type { LabPlan } from "../../plan/lab-plan.ts";

interface Place {
  readonly systemCgroup: string;
}

/** What of a lab is needed here. */
interface Resting {
  readonly plan: { readonly controlPlane: Place; readonly nodes: readonly Place[] };
}

/** Runs something while others wait. */
export type WhileOthersRest = <T>(body: () => Promise<T>) => Promise<T>;

/**
 * Runs `body` while the Kubernetes of the labs is stopped: its control plane, kubelets and
 * containerd, which several labs have several times, and which want processors at moments of their
 * own. Pods go on, and so does the product.
 */
export async function whileKubernetesRests<T>(
  labs: readonly Resting[],
  body: () => Promise<T>,
): Promise<T> {
  const stopped = labs.flatMap(({ plan }) =>
    [plan.controlPlane, ...plan.nodes].flatMap(({ systemCgroup }) =>
      processesInCgroup(systemCgroup),
    ),
  );
  for (const one of stopped) signalProcess(one, "SIGSTOP");
  try {
    return await body();
  } finally {
    for (const one of stopped) signalProcess(one, "SIGCONT");
  }
}

/** Less than a probe of the product may take, which is 5 s: a kubelet that sleeps so long finds no probe failed, in milliseconds. */
const shortRestMs = 4_000;

/**
 * `whileKubernetesRests`, and after a long rest all kubelets are awake again for as long as they need to
 * renew their Nodes' leases. Without that, one long rest after another lets the same probe fail each
 * time: kubelets end the product's containers, and are stopped before they start them anew.
 */
export function restsWithBreaks(labs: readonly Lab[], signal: AbortSignal): WhileOthersRest {
  return async (body) => {
    const startedAt = performance.now();
    const result = await whileKubernetesRests(labs, body);
    if (performance.now() - startedAt > shortRestMs)
      await Promise.all(labs.map(({ plan }) => untilLeasesRenewed(plan, new Date(), signal)));
    return result;
  };
}

interface Leases {
  readonly items: readonly { readonly spec: { readonly renewTime?: string } }[];
}

/** A kubelet renews its Node's lease every ten seconds. */
async function untilLeasesRenewed(plan: LabPlan, since: Date, signal: AbortSignal): Promise<void> {
  const leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
  await waitFor(
    async () => {
      const found = await apiClient(plan).get<Leases>(leases);
      const isRenewed = ({ spec: { renewTime } }: Leases["items"][number]): boolean =>
        renewTime !== undefined && new Date(renewTime) > since;
      return (found && found.items.filter(isRenewed).length >= plan.nodes.length) || undefined;
    },
    {
      what: "all kubelets to renew their leases",
      timeoutMs: 90_000,
      everyMs: 500,
      remedy: `see what they log: ./antrea-lab --name ${plan.name} logs --help`,
      signal,
    },
  );
}
