import { after } from "node:test";
import { silentLogger } from "@antrea/base";
import { systemClock } from "@antrea/base/io";
import type { KubeClient } from "@antrea/kube";
import { kubeClient, loadKubeConfig } from "@antrea/kube/io";
import type { Lab } from "@antrea/lab";

/** A client of the lab's API server, for what has to be asked more often than kubectl starts. Closed after the file. */
export async function adminClient(lab: Lab): Promise<KubeClient> {
  const access = await loadKubeConfig({ kubeconfig: lab.kubeconfig });
  const client = kubeClient(access, {
    log: silentLogger,
    clock: systemClock,
    userAgent: "antrea-test",
  });
  after(() => client.close());
  return client;
}
