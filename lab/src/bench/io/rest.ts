import { processesInCgroup } from "../../io/cgroup.ts";
import { signalProcess } from "../../io/process-table.ts";

interface Place {
  readonly systemCgroup: string;
}

/** What of a lab is needed here. */
interface Resting {
  readonly plan: { readonly controlPlane: Place; readonly nodes: readonly Place[] };
}

/**
 * Runs `body` while the Kubernetes of the labs is stopped: its control plane, kubelets and
 * containerd, which several labs have several times, and which want processors at moments of their
 * own. Pods go on, and so does the product. For less than the 5 s that a probe of the product may take:
 * a kubelet that slept longer finds its probes failed, ends containers at the fifth, and may be stopped
 * again before it starts them.
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
