import type { IpAddress } from "@antrea/net";
import { emptyCluster } from "../cluster.ts";
import { pod } from "./small-cluster.ts";
import { type House, houses, type Situation } from "./situations.ts";
import type { ToldCluster } from "./tell.ts";

/** The cluster of a situation: a Node `n1` with a Pod in each Namespace, at these addresses. */
export function situationCluster(
  { policies }: Situation,
  addresses: Readonly<Partial<Record<House, IpAddress>>>,
): ToldCluster {
  return {
    ...emptyCluster,
    namespaces: houses.map((name) => ({ name, labels: { house: name } })),
    nodes: [{ name: "n1", labels: {}, addresses: [] }],
    pods: houses.map((name) => ({
      ...pod(name, name, "192.0.2.1"),
      ips: [addresses[name] ?? []].flat(),
      nodeName: "n1",
      ports: [{ name: "web", port: 80, protocol: "TCP" }],
    })),
    policies,
  };
}
