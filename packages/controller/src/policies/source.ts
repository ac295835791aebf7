import {
  adminPolicyKind,
  baselineAdminPolicyKind,
  type ControllerConfig,
  clusterGroupKind,
  clusterNetworkPolicyKind,
  type ForeignKind,
  kubernetesClusterPolicyKind,
  namespacedGroupKind,
  networkPolicyKind,
  tierKind,
} from "@antrea/api";
import {
  definedResource,
  parseObjectKey,
  type Resource,
  resources,
  type Store,
} from "@antrea/kube";
import type { ObjectName } from "@antrea/policy";
import { type RecordInput, recordInputs, type RecordKind } from "@antrea/policy/records";
import { ownResource } from "../own-resource.ts";

/** Objects of one kind, where the API server has them. */
export interface PolicyInput extends RecordInput {
  readonly resource: Resource;
}

function from(resource: Resource, kind: RecordKind): PolicyInput {
  return { resource, ...recordInputs[kind] };
}

function foreign(kind: ForeignKind<unknown>): Resource {
  return definedResource(`${kind.group}/${kind.version}`, kind);
}

/** Kinds of ours, which every controller watches: the API server asks any of them about objects. */
export const ownInputs = {
  tiers: from(ownResource(tierKind), "tiers"),
  clusterGroups: from(ownResource(clusterGroupKind), "clusterGroups"),
  groups: from(ownResource(namespacedGroupKind), "groups"),
  clusterPolicies: from(ownResource(clusterNetworkPolicyKind), "antreaClusterPolicies"),
  namespacePolicies: from(ownResource(networkPolicyKind), "antreaPolicies"),
} as const;

/** What is watched already of a kind. */
export interface Watched {
  readonly input: PolicyInput;
  readonly store: Store<object>;
}

/** Kubernetes' own, which every cluster has. */
export const policyInputs: readonly PolicyInput[] = [
  from(resources.namespaces, "namespaces"),
  from(resources.nodes, "nodes"),
  from(resources.pods, "pods"),
  from(resources.services, "services"),
  from(resources.networkPolicies, "networkPolicies"),
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
