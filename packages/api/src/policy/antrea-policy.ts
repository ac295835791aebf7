import type { ShapeType } from "@antrea/base";
import { field, type Field } from "../crd/field.ts";
import type { CustomKind, PrinterColumn } from "../crd/kind.ts";
import { conditions } from "./conditions.ts";
import { labelSelector } from "./label-selector.ts";
import { ipBlock, portOrName, portProtocols } from "./network.ts";

export const ruleActions = ["Allow", "Drop", "Reject", "Pass"] as const;

const httpMethods = [
  ...["GET", "POST", "PUT", "HEAD", "DELETE"],
  ...["TRACE", "OPTIONS", "CONNECT", "PATCH"],
];

const namespacedName = (description: string) =>
  field.object(description, {
    name: field.text("Its name."),
    namespace: field.text("Its Namespace."),
  });

const port = field.object("Traffic of a protocol with ports.", {
  protocol: field.optional(field.oneOf("TCP where not said.", portProtocols)),
  port: field.optional(portOrName("Of the destination; all where not said.")),
  endPort: field.optional(field.whole("The last of a range.", 0, 65_535)),
  sourcePort: field.optional(field.whole("Of the source; all where not said.", 0, 65_535)),
  sourceEndPort: field.optional(field.whole("The last of a range.", 0, 65_535)),
});

const protocol = field.object("Traffic of a protocol without ports: one of these.", {
  icmp: field.optional(
    field.object("ICMP, and ICMPv6 for IPv6.", {
      icmpType: field.optional(field.whole("All where not said.", 0, 255)),
      icmpCode: field.optional(field.whole("All where not said.", 0, 255)),
    }),
  ),
  igmp: field.optional(
    field.object("IGMP.", {
      igmpType: field.optional(field.whole("17 query; 18, 22 and 34 reports.", 0, 255)),
      groupAddress: field.optional(field.text("A multicast group; all where not said.")),
    }),
  ),
});

const l7Protocol = field.object("What is said in the connection: one of these.", {
  http: field.optional(
    field.object("A request of HTTP.", {
      host: field.optional(field.text("Its host, with * for any text.")),
      method: field.optional(field.oneOf("Its method.", httpMethods)),
      path: field.optional(field.text("Its path, with * for any text.")),
    }),
  ),
  tls: field.optional(
    field.object("A handshake of TLS.", {
      sni: field.optional(field.text("The server's name, with * for any text.")),
    }),
  ),
});

const appliedTo = field.object("Whom it is for.", {
  podSelector: field.optional(labelSelector("Pods.")),
  namespaceSelector: field.optional(labelSelector("Namespaces. For policies of the cluster.")),
  group: field.optional(field.text("A ClusterGroup, or a Group of the policy's Namespace.")),
  serviceAccount: field.optional(namespacedName("Pods with this ServiceAccount.")),
  service: field.optional(namespacedName("A Service of type NodePort, for its clients outside.")),
  nodeSelector: field.optional(labelSelector("Nodes themselves.")),
  externalEntitySelector: field.optional(labelSelector("Workloads outside the cluster.")),
});
const appliedTos = field.optional(field.list("Any of these.", appliedTo));

const peer = field.object("The other side of a rule.", {
  podSelector: field.optional(
    labelSelector("Pods: of all Namespaces for a policy of the cluster, else of its own."),
  ),
  namespaceSelector: field.optional(labelSelector("Namespaces.")),
  namespaces: field.optional(
    field.object("Namespaces by their relation to that of whom the policy is for: one of these.", {
      match: field.optional(field.oneOf("The same Namespace.", ["Self"])),
      sameLabels: field.optional(
        field.list("Those with the same values of these labels.", field.text("A label.")),
      ),
    }),
  ),
  ipBlock: field.optional(ipBlock),
  group: field.optional(field.text("A ClusterGroup, or a Group of the policy's Namespace.")),
  serviceAccount: field.optional(namespacedName("Pods with this ServiceAccount.")),
  nodeSelector: field.optional(labelSelector("Nodes.")),
  externalEntitySelector: field.optional(labelSelector("Workloads outside the cluster.")),
  fqdn: field.optional(field.text("A name of DNS, with * for any text; for egress.")),
  scope: field.optional(field.oneOf("Which clusters.", ["Cluster", "ClusterSet"])),
});
const peers = field.optional(field.list("Any of these; anybody where empty.", peer));

const toService = field.object("A Service.", {
  name: field.text("Its name."),
  namespace: field.optional(field.text("Its Namespace; the policy's where not said.")),
  scope: field.optional(field.oneOf("Which clusters.", ["Cluster", "ClusterSet"])),
});

const ruleFields = {
  action: field.oneOf(
    "Allow, Drop without a word, Reject with an answer, Pass on to the policies of Kubernetes.",
    ruleActions,
  ),
  name: field.optional(field.text("Made of the rule where not said.")),
  ports: field.optional(
    field.list("Any of these, or of protocols; all where both are empty.", port),
  ),
  protocols: field.optional(field.list("Any of these, or of ports.", protocol)),
  l7Protocols: field.optional(field.list("Any of these.", l7Protocol)),
  appliedTo: appliedTos,
  enableLogging: field.optional(field.truth("Whether each connection is logged.")),
  logLabel: field.optional(field.text("What the log says beside.")),
} as const;
const ingressRule = field.object("Decides on what comes in.", { ...ruleFields, from: peers });
const egressRule = field.object("Decides on what goes out.", {
  ...ruleFields,
  to: peers,
  toServices: field.optional(field.list("Any of these.", toService)),
});

const spec = field.object("The rules, and where they stand.", {
  tier: field.optional(field.text("A Tier; `application` where not said.")),
  priority: field.number("Within the tier, the lowest first; decimals are welcome.", 1, 10_000),
  appliedTo: appliedTos,
  ingress: field.optional(
    field.list("For what comes in; the first that matches decides.", ingressRule),
  ),
  egress: field.optional(
    field.list("For what goes out; the first that matches decides.", egressRule),
  ),
});

const status = field.object("How far it is enforced.", {
  phase: field.optional(
    field.oneOf("Pending, Realizing, Realized, or Failed.", [
      "Pending",
      "Realizing",
      "Realized",
      "Failed",
    ]),
  ),
  observedGeneration: field.optional(field.whole("The state of the policy that this tells of.")),
  currentNodesRealized: field.optional(field.whole("Nodes that enforce it.")),
  desiredNodesRealized: field.optional(field.whole("Nodes that are to.")),
  conditions: field.optional(conditions),
});

const fields = field.object("Rules with an order, which may also refuse.", {
  spec,
  status: field.optional(status),
});

/** What policies of the cluster and of a Namespace say; which members each may have is for `validate`. */
export type AntreaPolicy = ShapeType<typeof fields>;
export type AntreaPolicySpec = ShapeType<typeof spec>;
export type AntreaPolicyStatus = ShapeType<typeof status>;
export type AntreaAppliedTo = ShapeType<typeof appliedTo>;
export type AntreaPeer = ShapeType<typeof peer>;
export type AntreaPort = ShapeType<typeof port>;
export type AntreaProtocol = ShapeType<typeof protocol>;
export type AntreaIngressRule = ShapeType<typeof ingressRule>;
export type AntreaEgressRule = ShapeType<typeof egressRule>;

const columns: readonly PrinterColumn[] = [
  {
    name: "Tier",
    type: "string",
    jsonPath: ".spec.tier",
    description: "The Tier that it belongs to",
  },
  {
    name: "Priority",
    type: "number",
    jsonPath: ".spec.priority",
    description: "Its place in the Tier",
  },
  {
    name: "Desired Nodes",
    type: "number",
    jsonPath: ".status.desiredNodesRealized",
    description: "Nodes that are to enforce it",
  },
  {
    name: "Current Nodes",
    type: "number",
    jsonPath: ".status.currentNodesRealized",
    description: "Nodes that enforce it",
  },
  {
    name: "Age",
    type: "date",
    jsonPath: ".metadata.creationTimestamp",
    description: "Since when",
  },
];

const policyKind = {
  version: "v1beta1",
  olderVersions: ["v1alpha1"],
  hasStatus: true,
  columns,
  fields: fields as Field<AntreaPolicy>,
} as const;

export const clusterNetworkPolicyKind: CustomKind<AntreaPolicy> = {
  ...policyKind,
  kind: "ClusterNetworkPolicy",
  plural: "clusternetworkpolicies",
  singular: "clusternetworkpolicy",
  shortNames: ["acnp"],
  scope: "Cluster",
};

export const networkPolicyKind: CustomKind<AntreaPolicy> = {
  ...policyKind,
  kind: "NetworkPolicy",
  plural: "networkpolicies",
  singular: "networkpolicy",
  shortNames: ["anp", "annp"],
  scope: "Namespaced",
};
