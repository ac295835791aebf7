import {
  adminPolicyKind,
  apiVersionOfKind,
  baselineAdminPolicyKind,
  type ControllerConfig,
  type CustomKind,
  clusterGroupKind,
  clusterNetworkPolicyKind,
  kubernetesClusterPolicyKind,
  namespacedGroupKind,
  networkPolicyKind,
  tierKind,
} from "@antrea/api";
import { type Resource, parseObjectKey, resource, resources } from "@antrea/kube";
import type { ObjectName } from "@antrea/policy";
import { type RecordInput, recordInputs, type RecordKind } from "@antrea/policy/records";

/** Objects of one kind, where the API server has them. */
export interface PolicyInput extends RecordInput {
  readonly resource: Resource;
}

function from(resource: Resource, kind: RecordKind): PolicyInput {
  return { resource, ...recordInputs[kind] };
}

function custom(kind: CustomKind<unknown>): Resource {
  const scope = kind.scope === "Cluster" ? "cluster" : "namespaced";
  return resource(apiVersionOfKind(kind), kind.kind, kind.plural, scope);
}

interface Foreign {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
}

function foreign({ group, version, kind, plural }: Foreign): Resource {
  return resource(`${group}/${version}`, kind, plural, "cluster");
}

export const clusterNetworkPolicies = custom(clusterNetworkPolicyKind);
export const namespacedNetworkPolicies = custom(networkPolicyKind);

/** What every cluster with our manifest has. */
export const policyInputs: readonly PolicyInput[] = [
  from(resources.namespaces, "namespaces"),
  from(resources.nodes, "nodes"),
  from(resources.pods, "pods"),
  from(resources.services, "services"),
  from(resources.networkPolicies, "networkPolicies"),
  from(custom(tierKind), "tiers"),
  from(custom(clusterGroupKind), "clusterGroups"),
  from(custom(namespacedGroupKind), "groups"),
  from(clusterNetworkPolicies, "antreaClusterPolicies"),
  from(namespacedNetworkPolicies, "antreaPolicies"),
];

type FeatureGates = ControllerConfig["featureGates"];

/** Kinds of others that a cluster may lack; each is looked at where its gate is open. */
const gatedInputs: readonly {
  readonly gate: "AdminNetworkPolicy" | "ClusterNetworkPolicy";
  readonly input: PolicyInput;
}[] = [
  { gate: "AdminNetworkPolicy", input: from(foreign(adminPolicyKind), "adminPolicies") },
  {
    gate: "AdminNetworkPolicy",
    input: from(foreign(baselineAdminPolicyKind), "baselineAdminPolicies"),
  },
  {
    gate: "ClusterNetworkPolicy",
    input: from(foreign(kubernetesClusterPolicyKind), "clusterPolicies"),
  },
];

export function optionalInputs(
  gates: Pick<FeatureGates, "AdminNetworkPolicy" | "ClusterNetworkPolicy">,
): readonly PolicyInput[] {
  return gatedInputs.flatMap(({ gate, input }) => (gates[gate] ? [input] : []));
}

export function nameOfKey(key: string): ObjectName {
  const { namespace = "", name } = parseObjectKey(key);
  return { namespace, name };
}
