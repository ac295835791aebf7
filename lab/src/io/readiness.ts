import type { LabPlan } from "../plan/lab-plan.ts";
import type { ApiClient } from "./api-client.ts";
import { formatPodTroubles, podTroubles } from "./pod-troubles.ts";
import { waitFor } from "./wait.ts";

export interface ReadinessOptions {
  readonly signal?: AbortSignal | undefined;
  readonly note?: (text: string) => void;
  /** Called before each look: keeps running what is waited for. */
  readonly tend?: () => void;
}

interface NodeList {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly status?: {
      readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    };
  }[];
}

/** Waits until every Node of the plan is Ready. */
export async function waitForNodes(
  plan: LabPlan,
  api: ApiClient,
  { signal, note }: ReadinessOptions = {},
): Promise<void> {
  await waitFor(
    async () => {
      const list = await api.get<NodeList>("/api/v1/nodes");
      const ready = (list?.items ?? []).filter((node) =>
        node.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True"),
      );
      note?.(`${ready.length} of ${plan.nodes.length}`);
      return ready.length >= plan.nodes.length ? true : undefined;
    },
    {
      what: `all ${plan.nodes.length} Nodes to be Ready`,
      timeoutMs: 120_000,
      remedy: "see why: ./antrea-lab kubectl describe nodes, and ./antrea-lab logs node-1/kubelet",
      signal,
    },
  );
}

export interface WorkloadName {
  readonly namespace: string;
  readonly kind: "deployments" | "daemonsets";
  readonly name: string;
}

interface Workload {
  readonly metadata: { readonly generation?: number };
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly availableReplicas?: number;
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberAvailable?: number;
  };
}

/** Waits until every replica of a Deployment or DaemonSet is available, as `kubectl rollout status` does. */
export async function waitForRollout(
  api: ApiClient,
  { namespace, kind, name }: WorkloadName,
  { signal, note, tend }: ReadinessOptions = {},
): Promise<void> {
  const explain = async () => formatPodTroubles(await podTroubles(api, namespace));
  await waitFor(
    async () => {
      tend?.();
      const path = `/apis/apps/v1/namespaces/${namespace}/${kind}/${name}`;
      const found = await api.get<Workload>(path);
      if (!found || found.status?.observedGeneration !== found.metadata.generation)
        return undefined;
      const { wanted, available } = replicasOf(found, kind);
      note?.(`${available} of ${wanted}`);
      return wanted > 0 && available >= wanted ? true : undefined;
    },
    {
      what: `${kind}/${name} in ${namespace} to be available`,
      explain,
      timeoutMs: 180_000,
      remedy: `see why: ./antrea-lab kubectl -n ${namespace} describe pods`,
      signal,
    },
  );
}

function replicasOf({ spec, status }: Workload, kind: "deployments" | "daemonsets") {
  return kind === "deployments"
    ? { wanted: spec?.replicas ?? 1, available: status?.availableReplicas ?? 0 }
    : { wanted: status?.desiredNumberScheduled ?? 0, available: status?.numberAvailable ?? 0 };
}
