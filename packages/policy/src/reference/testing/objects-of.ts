import type { PodRecord, PolicyRecord } from "../../computation/records.ts";
import type { ClusterObjects, ClusterPart } from "../objects.ts";
import type { ToldCluster } from "./tell.ts";

/** Where the API server lists each kind of policy, and what it calls it. */
const policyKinds: Readonly<
  Record<PolicyRecord["kind"], readonly [ClusterPart, apiVersion: string, kind: string]>
> = {
  K8sNetworkPolicy: ["networkPolicies", "networking.k8s.io/v1", "NetworkPolicy"],
  AntreaClusterNetworkPolicy: [
    "antreaClusterPolicies",
    "crd.antrea.io/v1beta1",
    "ClusterNetworkPolicy",
  ],
  AntreaNetworkPolicy: ["antreaPolicies", "crd.antrea.io/v1beta1", "NetworkPolicy"],
  AdminNetworkPolicy: ["adminPolicies", "policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy"],
  BaselineAdminNetworkPolicy: [
    "baselineAdminPolicies",
    "policy.networking.k8s.io/v1alpha1",
    "BaselineAdminNetworkPolicy",
  ],
  K8sClusterNetworkPolicy: [
    "clusterPolicies",
    "policy.networking.k8s.io/v1alpha2",
    "ClusterNetworkPolicy",
  ],
};

/** A cluster's objects as its API server would list them. */
export function objectsOf(cluster: ToldCluster): ClusterObjects {
  const { namespaces, nodes, pods, services, tiers, groups } = cluster;
  const written: readonly PolicyRecord[] = cluster.policies;
  const policies = (part: ClusterPart): readonly object[] =>
    written.filter(({ kind }) => policyKinds[kind][0] === part).map(policyObject);
  const groupsIn = (isOfCluster: boolean) =>
    groups.filter(({ namespace }) => (namespace === "") === isOfCluster).map(groupObject);
  return {
    namespaces: namespaces.map(({ name, labels }) => ({ metadata: { name, labels } })),
    nodes: nodes.map(({ name, labels, addresses }) => ({
      metadata: { name, uid: name, labels },
      status: { addresses: addresses.map((address) => ({ type: "InternalIP", address })) },
    })),
    pods: pods.map(podObject),
    services: services.map(({ name, namespace, selector }) => ({
      metadata: { name, namespace },
      spec: { ...(selector && { selector }) },
    })),
    tiers: tiers.map(({ name, priority }) => ({
      ...{ apiVersion: "crd.antrea.io/v1beta1", kind: "Tier" },
      ...{ metadata: { name }, spec: { priority } },
    })),
    clusterGroups: groupsIn(true),
    groups: groupsIn(false),
    networkPolicies: policies("networkPolicies"),
    antreaClusterPolicies: policies("antreaClusterPolicies"),
    antreaPolicies: policies("antreaPolicies"),
    adminPolicies: policies("adminPolicies"),
    baselineAdminPolicies: policies("baselineAdminPolicies"),
    clusterPolicies: policies("clusterPolicies"),
  };
}

export function policyObject(policy: PolicyRecord): object {
  const { kind, namespace, name, uid, generation, spec } = policy;
  const [, apiVersion, called] = policyKinds[kind];
  const metadata = { ...(namespace !== "" && { namespace }), name, uid, generation };
  return { apiVersion, kind: called, metadata, spec };
}

function groupObject({ namespace, name, spec }: ToldCluster["groups"][number]): object {
  const kind = namespace === "" ? "ClusterGroup" : "Group";
  const metadata = { ...(namespace !== "" && { namespace }), name };
  return { apiVersion: "crd.antrea.io/v1beta1", kind, metadata, spec };
}

function podObject(pod: PodRecord): object {
  const { namespace, name, uid, labels, nodeName, ports, ips, hostNetwork, serviceAccount } = pod;
  return {
    metadata: { namespace, name, uid, labels },
    spec: {
      ...{ nodeName, hostNetwork, serviceAccountName: serviceAccount },
      containers: [{ ports: ports.map(({ port, ...rest }) => ({ ...rest, containerPort: port })) }],
    },
    status: {
      phase: pod.isFinished ? "Succeeded" : "Running",
      podIPs: ips.map((ip) => ({ ip })),
    },
  };
}
