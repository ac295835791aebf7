import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluate } from "./evaluate.ts";
import { verdictLines } from "./format.ts";
import { ip, smallCluster, tcp } from "./testing/small-cluster.ts";

test("verdictLines() tell what becomes of the packet, who says so, and which rules lost", () => {
  const everyone = { priority: 5, appliedTo: [{ podSelector: {} }] };
  const cluster = smallCluster([
    {
      ...{ kind: "K8sNetworkPolicy", namespace: "shop", name: "quiet" },
      spec: { podSelector: {}, ingress: [{ ports: [{ port: 443 }] }] },
    },
    {
      ...{ kind: "AntreaClusterNetworkPolicy", namespace: "", name: "guard" },
      spec: { ...everyone, ingress: [{ action: "Pass", name: "to-owners" }] },
    },
    {
      ...{ kind: "AntreaClusterNetworkPolicy", namespace: "", name: "out" },
      spec: { ...everyone, egress: [{ action: "Allow" }, { action: "Reject" }] },
    },
  ]);
  const verdict = evaluate(cluster, {
    source: ip("10.2.0.21"),
    destination: ip("10.1.0.11"),
    traffic: tcp(80),
  });
  assert.deepEqual(verdictLines(verdict), [
    "10.2.0.21 -> 10.1.0.11, TCP 80: not delivered",
    "Egress, by the policies for the source: Allow, by ClusterNetworkPolicy (Antrea) out, egress rule 0 (Allow)",
    "  lost: ClusterNetworkPolicy (Antrea) out, egress rule 1 (Reject): is asked after the one that decided",
    "Ingress, by the policies for the destination: Drop, because NetworkPolicy shop/quiet isolates it and no policy allows this",
    `  passed on to Kubernetes' policies by ClusterNetworkPolicy (Antrea) guard, ingress rule 0 "to-owners" (Pass)`,
    "  lost: NetworkPolicy shop/quiet, ingress rule 0 (Allow): does not speak of this traffic",
  ]);
});
