import type { ShapeType } from "@antrea/base";
import { field } from "../crd/field.ts";
import { labelSelector } from "./label-selector.ts";
import {
  type ForeignKind,
  POLICY_GROUP,
  podsByNamespace,
  policySubject,
} from "./namespaced-pods.ts";
import { cidrField } from "./network.ts";

/** ClusterNetworkPolicy of policy.networking.k8s.io as network-policy-api v0.3.0 has it, experimental fields too. */

export const kubernetesClusterPolicyActions = ["Accept", "Deny", "Pass"] as const;
export const kubernetesClusterPolicyTiers = ["Admin", "Baseline"] as const;

const port = field.object("One of these.", {
  number: field.optional(field.whole("The port.", 1, 65_535)),
  range: field.optional(
    field.object("Ports from start to end, both included.", {
      start: field.whole("The first.", 1, 65_535),
      end: field.whole("The last.", 1, 65_535),
    }),
  ),
});
const withPorts = (name: string) =>
  field.optional(field.object(`Traffic of ${name}.`, { destinationPort: field.optional(port) }));

/** With none of its members it is of a newer version of the API: see `podsByNamespace`. */
const protocol = field.object("A kind of traffic: one of these.", {
  tcp: withPorts("TCP"),
  udp: withPorts("UDP"),
  sctp: withPorts("SCTP"),
  destinationNamedPort: field.optional(
    field.text("What containers of the destination call their port."),
  ),
});

const ingressPeer = field.object("Who sends: one of these.", podsByNamespace);
const egressPeer = field.object("Who receives: one of these.", {
  ...podsByNamespace,
  nodes: field.optional(labelSelector("Nodes, by all their addresses.")),
  networks: field.optional(field.list("Addresses of any of these.", cidrField("A network."))),
  domainNames: field.optional(
    field.list("Names of DNS, *. before one for all below it; to accept.", field.text("A name.")),
  ),
});

const common = {
  name: field.optional(field.text("For people.")),
  action: field.oneOf("What is done; Pass asks the next tier.", kubernetesClusterPolicyActions),
  protocols: field.optional(field.list("Any of these; all traffic where not said.", protocol)),
} as const;
const ingressRule = field.object("Decides on what comes in.", {
  ...common,
  from: field.list("Any of these.", ingressPeer),
});
const egressRule = field.object("Decides on what goes out.", {
  ...common,
  to: field.list("Any of these.", egressPeer),
});

const spec = field.object("The rules, and where they stand.", {
  tier: field.oneOf(
    "Admin is asked before Kubernetes' own policies, Baseline after them.",
    kubernetesClusterPolicyTiers,
  ),
  priority: field.whole("Within the tier, the lowest first.", 0, 1000),
  subject: policySubject,
  ingress: field.optional(
    field.list("For what comes in; the first that matches decides.", ingressRule),
  ),
  egress: field.optional(
    field.list("For what goes out; the first that matches decides.", egressRule),
  ),
});
const fields = field.object("A policy of the cluster's administrator.", { spec });

export type KubernetesClusterPolicy = ShapeType<typeof fields>;
export type KubernetesClusterPolicySpec = ShapeType<typeof spec>;
export type KubernetesClusterPolicyIngressPeer = ShapeType<typeof ingressPeer>;
export type KubernetesClusterPolicyEgressPeer = ShapeType<typeof egressPeer>;
export type KubernetesClusterPolicyProtocol = ShapeType<typeof protocol>;

/** Served as v1beta1 too, with the same fields, by servers that have v0.3.0 of the definition; this version is in all. */
export const kubernetesClusterPolicyKind: ForeignKind<KubernetesClusterPolicy> = {
  group: POLICY_GROUP,
  version: "v1alpha2",
  kind: "ClusterNetworkPolicy",
  plural: "clusternetworkpolicies",
  scope: "Cluster",
  fields,
};
