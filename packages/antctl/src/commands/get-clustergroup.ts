import { type GroupMembers, membersOf } from "@antrea/policy/reference";
import { defineCommand } from "../context.ts";
import { policyCluster } from "../reach/policy-cluster.ts";

interface GroupRow extends GroupMembers {
  readonly name: string;
}

export const getClusterGroup = defineCommand({
  name: "get clustergroup",
  aliases: ["get clustergroups", "get cg"],
  summary: "Print who is in each ClusterGroup",
  description:
    "The members are found from labels and Services as the API server has them now, without asking what computes the policies. -o yaml names all.",
  example: ["antctl get clustergroup", "antctl get cg -o yaml"],
  async run({ signal, ...context }): Promise<readonly GroupRow[]> {
    const cluster = await policyCluster(context, { signal });
    return cluster.groups
      .filter(({ namespace }) => namespace === "")
      .map(({ name, namespace }) => ({ name, ...membersOf(cluster, { name, namespace }) }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  },
  columns: [
    { title: "NAME", cell: (row: GroupRow) => row.name },
    { title: "PODS", cell: (row) => someOf(row.pods) },
    { title: "NODES", cell: (row) => someOf(row.nodes) },
    { title: "IP-BLOCKS", cell: (row) => row.ipBlocks.length },
  ],
});

function someOf(names: readonly string[]): string {
  const more = names.length - 3;
  return `${names.length}${names.length > 0 ? `: ${names.slice(0, 3).join(", ")}` : ""}${more > 0 ? ` and ${more} more` : ""}`;
}
