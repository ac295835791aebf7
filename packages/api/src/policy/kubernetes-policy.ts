import type { ShapeType } from "@antrea/base";
import { field } from "../crd/field.ts";
import { labelSelector } from "./label-selector.ts";
import { ipBlock, portOrName, portProtocols } from "./network.ts";

const peer = field.object(
  "Who: Pods of the policy's own Namespace, of others, both, or addresses. The three exclude one another but podSelector with namespaceSelector.",
  {
    podSelector: field.optional(labelSelector("Pods.")),
    namespaceSelector: field.optional(labelSelector("Namespaces.")),
    ipBlock: field.optional(ipBlock),
  },
);

const port = field.object("Traffic to a port.", {
  protocol: field.optional(field.oneOf("TCP where not said.", portProtocols)),
  port: field.optional(portOrName("All ports where not said.")),
  endPort: field.optional(field.whole("The last of a range.", 1, 65_535)),
});

const ports = field.optional(field.list("Any of these; all traffic where empty.", port));
const peers = (description: string) => field.optional(field.list(description, peer));

const spec = field.object("Whom it is for, and what they may.", {
  podSelector: labelSelector("Whom it is for: Pods of its Namespace."),
  policyTypes: field.optional(
    field.list(
      "Ingress, and Egress where there is an egress rule, if not said.",
      field.oneOf("A direction.", ["Ingress", "Egress"]),
    ),
  ),
  ingress: field.optional(
    field.list(
      "What may come in.",
      field.object("Allows.", { from: peers("Any of these; from anywhere where empty."), ports }),
    ),
  ),
  egress: field.optional(
    field.list(
      "What may go out.",
      field.object("Allows.", { to: peers("Any of these; to anywhere where empty."), ports }),
    ),
  ),
});

/** As much of a NetworkPolicy of `networking.k8s.io/v1` as is enforced: all of its spec. */
export const kubernetesPolicy = field.object("A NetworkPolicy of Kubernetes.", {
  spec: field.optional(spec),
});
export type KubernetesPolicySpec = ShapeType<typeof spec>;
export type KubernetesPolicyPeer = ShapeType<typeof peer>;
export type KubernetesPolicyPort = ShapeType<typeof port>;
