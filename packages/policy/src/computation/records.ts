import type {
  AdminPolicy,
  AntreaPolicySpec,
  BaselineAdminPolicy,
  Group,
  KubernetesClusterPolicySpec,
  KubernetesPolicySpec,
} from "@antrea/api";
import type { IpAddress } from "@antrea/net";
import type { NamedPort, PolicyKind } from "../model.ts";

/** What the computation keeps of the cluster's objects: small, parsed, not changed by whoever gave them. */

export type Labels = Readonly<Record<string, string>>;

/** The name of an object of a Namespace; that of one of the cluster has the Namespace "". */
export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

export interface PodRecord extends ObjectName {
  readonly uid: string;
  readonly labels: Labels;
  /** Undefined until it is scheduled. */
  readonly nodeName?: string | undefined;
  /** Empty until it has started. */
  readonly ips: readonly IpAddress[];
  readonly ports: readonly NamedPort[];
  /** Such a Pod has its Node's addresses and is in no group. */
  readonly hostNetwork: boolean;
  /** Of phase Succeeded or Failed: its addresses may belong to others by now. */
  readonly isFinished: boolean;
  readonly serviceAccount: string;
}

export interface NamespaceRecord {
  readonly name: string;
  readonly labels: Labels;
}

export interface NodeRecord {
  readonly name: string;
  readonly labels: Labels;
  /** Those that packets of the Node itself may have: InternalIPs, transport addresses, its gateway's. */
  readonly addresses: readonly IpAddress[];
}

export interface ServiceRecord extends ObjectName {
  /** Undefined for one whose Endpoints somebody else makes: it stands for no Pods. */
  readonly selector?: Labels | undefined;
}

export interface TierRecord {
  readonly name: string;
  readonly priority: number;
}

/** A ClusterGroup where the Namespace is "", else a Group. */
export interface GroupRecord extends ObjectName {
  readonly spec: Group["spec"];
}

interface PolicyIdentity extends ObjectName {
  readonly uid: string;
  readonly generation: number;
  /** By an annotation. */
  readonly endsConnections?: true | undefined;
}

type PolicyOf<K extends PolicyKind, S> = PolicyIdentity & { readonly kind: K; readonly spec: S };
export type KubernetesPolicyRecord = PolicyOf<"K8sNetworkPolicy", KubernetesPolicySpec>;
export type AntreaPolicyRecord = PolicyOf<
  "AntreaClusterNetworkPolicy" | "AntreaNetworkPolicy",
  AntreaPolicySpec
>;
export type AdminPolicyRecord = PolicyOf<"AdminNetworkPolicy", AdminPolicy["spec"]>;
export type BaselineAdminPolicyRecord = PolicyOf<
  "BaselineAdminNetworkPolicy",
  BaselineAdminPolicy["spec"]
>;
export type KubernetesClusterPolicyRecord = PolicyOf<
  "K8sClusterNetworkPolicy",
  KubernetesClusterPolicySpec
>;
export type PolicyRecord =
  | KubernetesPolicyRecord
  | AntreaPolicyRecord
  | AdminPolicyRecord
  | BaselineAdminPolicyRecord
  | KubernetesClusterPolicyRecord;
