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

/** A cluster at one moment, and the policies as people wrote them: all that a verdict depends on. */
export interface Cluster {
  readonly namespaces: readonly Labelled[];
  readonly pods: readonly PodFacts[];
  readonly nodes: readonly NodeFacts[];
  readonly services: readonly ServiceFacts[];
  /** Those that people made; the tiers that always exist need not be named. */
  readonly tiers: readonly { readonly name: string; readonly priority: number }[];
  readonly clusterGroups: readonly NamedGroup[];
  readonly groups: readonly (NamedGroup & { readonly namespace: string })[];
  readonly policies: readonly WrittenPolicy[];
}

export type Labels = Readonly<Record<string, string>>;

export interface Labelled {
  readonly name: string;
  readonly labels: Labels;
}

export interface PodFacts extends Labelled {
  readonly namespace: string;
  readonly node: string;
  readonly ips: readonly IpAddress[];
  readonly ports: readonly NamedPort[];
  readonly serviceAccount: string;
  /** Its addresses are the Node's, and policies take it for the Node. */
  readonly isHostNetwork: boolean;
}

export interface NodeFacts extends Labelled {
  /** All that are the Node's own, its gateway's too. */
  readonly ips: readonly IpAddress[];
}

export interface ServiceFacts {
  readonly namespace: string;
  readonly name: string;
  readonly selector: Labels;
}

export interface NamedGroup {
  readonly name: string;
  readonly spec: Group["spec"];
}

interface Written<K extends PolicyKind, S> {
  readonly kind: K;
  /** Empty for kinds of the cluster. */
  readonly namespace: string;
  readonly name: string;
  readonly spec: S;
}

export type WrittenPolicy =
  | Written<"K8sNetworkPolicy", KubernetesPolicySpec>
  | Written<"AntreaClusterNetworkPolicy" | "AntreaNetworkPolicy", AntreaPolicySpec>
  | Written<"AdminNetworkPolicy", AdminPolicy["spec"]>
  | Written<"BaselineAdminNetworkPolicy", BaselineAdminPolicy["spec"]>
  | Written<"K8sClusterNetworkPolicy", KubernetesClusterPolicySpec>;

export const emptyCluster: Cluster = {
  namespaces: [],
  pods: [],
  nodes: [],
  services: [],
  tiers: [],
  clusterGroups: [],
  groups: [],
  policies: [],
};
