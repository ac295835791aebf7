import {
  adminPolicyKind,
  apiVersionOfKind,
  baselineAdminPolicyKind,
  clusterGroupKind,
  clusterNetworkPolicyKind,
  type CustomKind,
  type ForeignKind,
  kubernetesClusterPolicyKind,
  namespacedGroupKind,
  networkPolicyKind,
  tierKind,
} from "@antrea/api";
import { definedResource, type Resource, resources } from "@antrea/kube";
import type { ClusterPart } from "@antrea/policy/reference";

/** Where the API server keeps what policies depend on. */
export const policyResources: Readonly<Record<ClusterPart, Resource>> = {
  namespaces: resources.namespaces,
  pods: resources.pods,
  nodes: resources.nodes,
  services: resources.services,
  tiers: ours(tierKind),
  clusterGroups: ours(clusterGroupKind),
  groups: ours(namespacedGroupKind),
  networkPolicies: resources.networkPolicies,
  antreaClusterPolicies: ours(clusterNetworkPolicyKind),
  antreaPolicies: ours(networkPolicyKind),
  adminPolicies: foreign(adminPolicyKind),
  baselineAdminPolicies: foreign(baselineAdminPolicyKind),
  clusterPolicies: foreign(kubernetesClusterPolicyKind),
};

function ours(kind: CustomKind<unknown>): Resource {
  return definedResource(apiVersionOfKind(kind), kind);
}

function foreign(kind: ForeignKind<unknown>): Resource {
  return definedResource(`${kind.group}/${kind.version}`, kind);
}
