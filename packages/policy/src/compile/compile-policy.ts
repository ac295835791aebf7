import type { PolicyRecord } from "../computation/records.ts";
import { compileAdminPolicy } from "./admin-policy.ts";
import { compileAntreaPolicy } from "./antrea-policy.ts";
import { compileClusterPolicy } from "./cluster-policy.ts";
import type { CompiledPolicy } from "./compiled.ts";
import { compileKubernetesPolicy } from "./kubernetes-policy.ts";
import type { Surroundings } from "./surroundings.ts";

/** A policy of any kind in the form that agents enforce. */
export function compilePolicy(record: PolicyRecord, surroundings: Surroundings): CompiledPolicy {
  switch (record.kind) {
    case "K8sNetworkPolicy":
      return compileKubernetesPolicy(record);
    case "AntreaClusterNetworkPolicy":
    case "AntreaNetworkPolicy":
      return compileAntreaPolicy(record, surroundings);
    case "AdminNetworkPolicy":
    case "BaselineAdminNetworkPolicy":
      return compileAdminPolicy(record);
    case "K8sClusterNetworkPolicy":
      return compileClusterPolicy(record);
  }
}
