import { processesInCgroup } from "../../io/cgroup.ts";
import type { Lab } from "../../io/lab.ts";
import { signalProcess } from "../../io/process-table.ts";

/**
 * Runs `body` while the Kubernetes of the labs is stopped: its control plane, kubelets and
 * containerd, which several labs have several times, and which want processors at moments of their
 * own. Pods go on, and so does the product. For seconds only: leases run out.
 */
export async function whileKubernetesRests<T>(
  labs: readonly Lab[],
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
