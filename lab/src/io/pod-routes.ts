import { apiClient } from "./api-client.ts";
import type { Lab } from "./lab.ts";

export interface PodRoute {
  readonly cidr: string;
  readonly node: string;
}

/** Tells the router where every Node's Pods are, as a cloud's route controller does, and gives what it was told. */
export async function addPodRoutes(lab: Lab): Promise<readonly PodRoute[]> {
  interface NodeList {
    readonly items: readonly {
      readonly metadata: { readonly name: string };
      readonly spec?: { readonly podCIDRs?: readonly string[] };
    }[];
  }
  const nodes = await apiClient(lab.plan).get<NodeList>("/api/v1/nodes");
  const routes = (nodes?.items ?? []).flatMap(({ metadata, spec }) =>
    (spec?.podCIDRs ?? []).map((cidr) => ({ cidr, node: metadata.name })),
  );
  for (const { cidr, node } of routes) await lab.fabric.addRoute(cidr, node);
  return routes;
}
