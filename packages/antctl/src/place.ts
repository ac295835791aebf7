import { environment, objectNames, paths } from "@antrea/api";

/** Where antctl runs, which decides whom it can ask directly. */
export type Place = "agent" | "controller" | "outside";

export interface PlaceSigns {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether the caller named a cluster: --kubeconfig, --context or --server. */
  readonly namesCluster: boolean;
  exists(path: string): boolean;
}

/**
 * A cluster that is named wins; then the Pod's own name, which is known even while the program beside
 * it is down; then the sockets, so that antctl also works on a Node itself.
 */
export function placeOf({ env, namesCluster, exists }: PlaceSigns): Place {
  if (namesCluster || env["KUBECONFIG"]) return "outside";
  const pod = env[environment.podName] ?? "";
  if (pod.startsWith(`${objectNames.agent}-`)) return "agent";
  if (pod.startsWith(`${objectNames.controller}-`)) return "controller";
  if (exists(paths.agentApiSocket)) return "agent";
  return exists(paths.controllerApiSocket) ? "controller" : "outside";
}
