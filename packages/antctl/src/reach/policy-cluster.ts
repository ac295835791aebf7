import { CommandFailure, type Streams } from "@antrea/command";
import {
  type Cluster,
  type ClusterObjects,
  clusterOf,
  clusterParts,
} from "@antrea/policy/reference";
import type { AntctlContext, Wait } from "../context.ts";

/** All objects that policies depend on, as the API server lists them. */
export async function policyObjects(
  context: AntctlContext,
  options: Wait,
): Promise<ClusterObjects> {
  if (context.place === "agent")
    throw new CommandFailure(
      "In an agent's Pod antctl has the agent's rights, which do not reach policies. Run it on a machine with a kubeconfig, or in the controller's Pod.",
    );
  const api = await context.cluster();
  const lists = await Promise.all(
    clusterParts.map(async (part) => [part, await api.objects(part, options)] as const),
  );
  return Object.fromEntries(lists) as ClusterObjects;
}

/** The cluster as policies see it, read at once. What cannot be read of it is told on standard error. */
export async function policyCluster(
  context: AntctlContext & { readonly streams: Streams },
  options: Wait,
): Promise<Cluster> {
  const { cluster, problems } = clusterOf(await policyObjects(context, options));
  for (const problem of problems) context.streams.stderr.write(`antctl: Not counted: ${problem}\n`);
  return cluster;
}
