import { clusterGroupKind, namespacedGroupKind } from "@antrea/api";
import type { ClusterUpdate } from "../computation/interface.ts";
import type { ObjectName, PolicyRecord } from "../computation/records.ts";
import { podRecord } from "./pod-record.ts";
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
  serviceRecord,
  tierRecord,
} from "./records.ts";

/** Objects of one kind, and how the computation is told of them. */
export interface RecordInput {
  /** Throws where the object cannot be read; undefined where it is of no use. */
  readonly project: (object: unknown) => object | undefined;
  readonly set: (cluster: ClusterUpdate, record: object) => void;
  readonly remove: (cluster: ClusterUpdate, name: ObjectName) => void;
}

function input<R extends object>(one: {
  readonly project: (object: unknown) => R | undefined;
  readonly set: (cluster: ClusterUpdate, record: R) => void;
  readonly remove: (cluster: ClusterUpdate, name: ObjectName) => void;
}): RecordInput {
  return one as RecordInput; // what is set is what was projected
}

function policies(
  kind: PolicyRecord["kind"],
  project: (object: unknown) => PolicyRecord | undefined,
): RecordInput {
  return input({
    project,
    set: (cluster, policy) => cluster.setPolicy(policy),
    remove: (cluster, name) => cluster.removePolicy({ kind, ...name }),
  });
}

function groups(kind: Parameters<typeof groupRecord>[0]): RecordInput {
  return input({
    project: groupRecord(kind),
    set: (cluster, group) => cluster.setGroup(group),
    remove: (cluster, name) => cluster.removeGroup(name),
  });
}

/** All that policies are computed from. */
export const recordInputs = {
  namespaces: input({
    project: namespaceRecord,
    set: (cluster, record) => cluster.setNamespace(record),
    remove: (cluster, { name }) => cluster.removeNamespace(name),
  }),
  nodes: input({
    project: nodeRecord,
    set: (cluster, record) => cluster.setNode(record),
    remove: (cluster, { name }) => cluster.removeNode(name),
  }),
  pods: input({
    project: podRecord,
    set: (cluster, record) => cluster.setPod(record),
    remove: (cluster, name) => cluster.removePod(name),
  }),
  services: input({
    project: serviceRecord,
    set: (cluster, record) => cluster.setService(record),
    remove: (cluster, name) => cluster.removeService(name),
  }),
  networkPolicies: policies("K8sNetworkPolicy", kubernetesPolicyRecord),
  tiers: input({
    project: tierRecord,
    set: (cluster, record) => cluster.setTier(record),
    remove: (cluster, { name }) => cluster.removeTier(name),
  }),
  clusterGroups: groups(clusterGroupKind),
  groups: groups(namespacedGroupKind),
  antreaClusterPolicies: policies("AntreaClusterNetworkPolicy", clusterNetworkPolicyRecord),
  antreaPolicies: policies("AntreaNetworkPolicy", networkPolicyRecord),
  adminPolicies: policies("AdminNetworkPolicy", adminPolicyRecord),
  baselineAdminPolicies: policies("BaselineAdminNetworkPolicy", baselineAdminPolicyRecord),
  clusterPolicies: policies("K8sClusterNetworkPolicy", kubernetesClusterPolicyRecord),
} as const;
export type RecordKind = keyof typeof recordInputs;
