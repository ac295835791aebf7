import type { ShapeType } from "@antrea/base";
import { type Field, field } from "../crd/field.ts";
import { labelSelector } from "./label-selector.ts";
import {
  type ForeignKind,
  POLICY_GROUP,
  podsByNamespace,
  policySubject,
} from "./namespaced-pods.ts";
import { cidrField, portProtocols } from "./network.ts";

/** AdminNetworkPolicy and BaselineAdminNetworkPolicy as network-policy-api v0.1.7 has them, experimental fields too. */

export const adminActions = ["Allow", "Deny", "Pass"] as const;

const protocol = field.optional(field.oneOf("TCP where not said.", portProtocols));
const number = (description: string) => field.whole(description, 1, 65_535);

const port = field.object("Traffic to a port: one of these. With none of them, see peers.", {
  portNumber: field.optional(
    field.object("A port by its number.", { protocol, port: number("The port.") }),
  ),
  namedPort: field.optional(field.text("What containers of the destination call their port.")),
  portRange: field.optional(
    field.object("Ports from start to end, both included.", {
      protocol,
      start: number("The first."),
      end: number("The last."),
    }),
  ),
});
const ports = field.optional(field.list("Any of these; all traffic where not said.", port));

const ingressPeer = field.object("Who sends: one of these.", podsByNamespace);
const receivers = {
  ...podsByNamespace,
  nodes: field.optional(labelSelector("Nodes, by all their addresses.")),
  networks: field.optional(field.list("Addresses of any of these.", cidrField("A network."))),
} as const;
const egressPeer = field.object("Who receives: one of these.", {
  ...receivers,
  domainNames: field.optional(
    field.list("Names of DNS, *. before one for all below it; to allow.", field.text("A name.")),
  ),
});
const baselineEgressPeer = field.object("Who receives: one of these.", receivers);

function rulesOf<const A extends string, P>(actions: readonly A[], receiver: Field<P>) {
  const common = {
    name: field.optional(field.text("For people.")),
    action: field.oneOf("What is done.", actions),
    ports,
  };
  return {
    ingress: field.optional(
      field.list(
        "For what comes in; the first that matches decides.",
        field.object("Decides on what comes in.", {
          ...common,
          from: field.list("Any of these.", ingressPeer),
        }),
      ),
    ),
    egress: field.optional(
      field.list(
        "For what goes out; the first that matches decides.",
        field.object("Decides on what goes out.", {
          ...common,
          to: field.list("Any of these.", receiver),
        }),
      ),
    ),
  };
}

const adminFields = field.object("Asked before Kubernetes' own policies.", {
  spec: field.object("The rules, and where they stand.", {
    priority: field.whole("The lowest first.", 0, 1000),
    subject: policySubject,
    ...rulesOf(adminActions, egressPeer),
  }),
});
const baselineFields = field.object("Asked after Kubernetes' own policies; the one is `default`.", {
  spec: field.object("The rules.", {
    subject: policySubject,
    ...rulesOf(["Allow", "Deny"], baselineEgressPeer),
  }),
});

export type AdminPolicy = ShapeType<typeof adminFields>;
export type AdminPolicyIngressPeer = ShapeType<typeof ingressPeer>;
export type AdminPolicyEgressPeer = ShapeType<typeof egressPeer>;
export type AdminPolicyPort = ShapeType<typeof port>;
export type BaselineAdminPolicy = ShapeType<typeof baselineFields>;

export const adminPolicyKind: ForeignKind<AdminPolicy> = {
  group: POLICY_GROUP,
  version: "v1alpha1",
  kind: "AdminNetworkPolicy",
  plural: "adminnetworkpolicies",
  scope: "Cluster",
  fields: adminFields,
};

export const baselineAdminPolicyKind: ForeignKind<BaselineAdminPolicy> = {
  group: POLICY_GROUP,
  version: "v1alpha1",
  kind: "BaselineAdminNetworkPolicy",
  plural: "baselineadminnetworkpolicies",
  scope: "Cluster",
  fields: baselineFields,
};
