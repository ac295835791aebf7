import {
  adminPolicyKind,
  apiVersionOfKind,
  baselineAdminPolicyKind,
  type ControllerConfig,
  type CustomKind,
  clusterGroupKind,
  clusterNetworkPolicyKind,
  type Group,
  kubernetesClusterPolicyKind,
  namespacedGroupKind,
  networkPolicyKind,
  tierKind,
} from "@antrea/api";
import { type Resource, parseObjectKey, resource, resources } from "@antrea/kube";
import type { ClusterUpdate, ObjectName, PolicyRecord } from "@antrea/policy";
import {
  adminPolicyRecord,
  baselineAdminPolicyRecord,
  clusterNetworkPolicyRecord,
  groupRecord,
  kubernetesClusterPolicyRecord,
  kubernetesPolicyRecord,
  namespaceRecord,
  networkPolicyRecord,
  nodeRecord,
  podRecord,
  serviceRecord,
  tierRecord,
} from "@antrea/policy/records";

/** Objects of one kind, and how the computation is told of them. */
export interface PolicyInput {
  readonly resource: Resource;
  /** Throws where the object cannot be read; undefined where it is of no use. */
  readonly project: (object: unknown) => object | undefined;
  readonly set: (cluster: ClusterUpdate, record: object) => void;
  readonly remove: (cluster: ClusterUpdate, name: ObjectName) => void;
}

function input<R extends object>(one: {
  readonly resource: Resource;
  readonly project: (object: unknown) => R | undefined;
  readonly set: (cluster: ClusterUpdate, record: R) => void;
  readonly remove: (cluster: ClusterUpdate, name: ObjectName) => void;
}): PolicyInput {
  return one as PolicyInput; // what is set is what was projected
}

function policies(
  kind: PolicyRecord["kind"],
  from: Resource,
  project: (object: unknown) => PolicyRecord | undefined,
): PolicyInput {
  return input({
    ...{ resource: from, project },
    set: (cluster, policy) => cluster.setPolicy(policy),
    remove: (cluster, name) => cluster.removePolicy({ kind, ...name }),
  });
}

function groups(kind: CustomKind<Group>): PolicyInput {
  return input({
    resource: custom(kind),
    project: groupRecord(kind),
    set: (cluster, group) => cluster.setGroup(group),
    remove: (cluster, name) => cluster.removeGroup(name),
  });
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
  input({
    ...{ resource: resources.namespaces, project: namespaceRecord },
    set: (cluster, record) => cluster.setNamespace(record),
    remove: (cluster, { name }) => cluster.removeNamespace(name),
  }),
  input({
    ...{ resource: resources.nodes, project: nodeRecord },
    set: (cluster, record) => cluster.setNode(record),
    remove: (cluster, { name }) => cluster.removeNode(name),
  }),
  input({
    ...{ resource: resources.pods, project: podRecord },
    set: (cluster, record) => cluster.setPod(record),
    remove: (cluster, name) => cluster.removePod(name),
  }),
  input({
    ...{ resource: resources.services, project: serviceRecord },
    set: (cluster, record) => cluster.setService(record),
    remove: (cluster, name) => cluster.removeService(name),
  }),
  policies("K8sNetworkPolicy", resources.networkPolicies, kubernetesPolicyRecord),
  input({
    ...{ resource: custom(tierKind), project: tierRecord },
    set: (cluster, record) => cluster.setTier(record),
    remove: (cluster, { name }) => cluster.removeTier(name),
  }),
  groups(clusterGroupKind),
  groups(namespacedGroupKind),
  policies("AntreaClusterNetworkPolicy", clusterNetworkPolicies, clusterNetworkPolicyRecord),
  policies("AntreaNetworkPolicy", namespacedNetworkPolicies, networkPolicyRecord),
];

type FeatureGates = ControllerConfig["featureGates"];

/** Kinds of others that a cluster may lack; each is looked at where its gate is open. */
const gatedInputs: readonly {
  readonly gate: "AdminNetworkPolicy" | "ClusterNetworkPolicy";
  readonly input: PolicyInput;
}[] = [
  {
    gate: "AdminNetworkPolicy",
    input: policies("AdminNetworkPolicy", foreign(adminPolicyKind), adminPolicyRecord),
  },
  {
    gate: "AdminNetworkPolicy",
    input: policies(
      "BaselineAdminNetworkPolicy",
      foreign(baselineAdminPolicyKind),
      baselineAdminPolicyRecord,
    ),
  },
  {
    gate: "ClusterNetworkPolicy",
    input: policies(
      "K8sClusterNetworkPolicy",
      foreign(kubernetesClusterPolicyKind),
      kubernetesClusterPolicyRecord,
    ),
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
