import { silentLogger } from "@antrea/base";
import { systemClock } from "@antrea/base/io";
import { type KubeClient, KubeError } from "@antrea/kube";
import { kubeClient, loadKubeConfig } from "@antrea/kube/io";
import type { Lab } from "../../io/lab.ts";
import type { PolicyPath } from "../policy-plan.ts";

/** How many requests are under way at once where nobody looks at the time. */
const atOnce = 20;

export async function apiOf({ kubeconfig }: Lab): Promise<KubeClient> {
  const access = await loadKubeConfig({ kubeconfig });
  const deps = { log: silentLogger, clock: systemClock, userAgent: "antrea-lab-bench" };
  return kubeClient(access, deps);
}

export async function create(client: KubeClient, { path, object }: PolicyPath): Promise<void> {
  await client.request({ method: "POST", path, body: JSON.stringify(object) });
}

export async function replaceSpec(client: KubeClient, { path, object }: PolicyPath): Promise<void> {
  await client.request({
    method: "PATCH",
    path: `${path}/${object.metadata.name}`,
    headers: { "content-type": "application/merge-patch+json" },
    body: JSON.stringify({ spec: object["spec"] }),
  });
}

export async function remove(client: KubeClient, { path, object }: PolicyPath): Promise<void> {
  try {
    await client.request({ method: "DELETE", path: `${path}/${object.metadata.name}` });
  } catch (error) {
    if (!(error instanceof KubeError && error.code === "not-found")) throw error;
  }
}

/** For each of `count`, several at once: where nobody looks at the time. */
export async function inGroups(
  count: number,
  each: (index: number) => Promise<void>,
): Promise<void> {
  for (let i = 0; i < count; i += atOnce)
    await Promise.all(Array.from({ length: Math.min(atOnce, count - i) }, (_, j) => each(i + j)));
}
