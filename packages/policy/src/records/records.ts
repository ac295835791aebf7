import {
  type AntreaPolicy,
  adminPolicyKind,
  baselineAdminPolicyKind,
  type CustomKind,
  clusterNetworkPolicyKind,
  type Group,
  kubernetesClusterPolicyKind,
  kubernetesPolicy,
  networkPolicyKind,
  parseCustom,
  parseNode,
  policyAnnotations,
  tierKind,
} from "@antrea/api";
import { parseShape, shape } from "@antrea/base";
import { nthAddress } from "@antrea/net";
import type {
  AntreaPolicyRecord,
  GroupRecord,
  NamespaceRecord,
  NodeRecord,
  PolicyRecord,
  ServiceRecord,
  TierRecord,
} from "../computation/records.ts";

/** The small records that policies are computed from, each read from what may be anything. */

const named = shape.object({
  metadata: shape.object({
    name: shape.text,
    namespace: shape.optional(shape.text),
    uid: shape.optional(shape.text),
    generation: shape.optional(shape.whole(0)),
    labels: shape.optional(shape.record(shape.text)),
    annotations: shape.optional(shape.record(shape.text)),
  }),
});
/** What groups ask of a Service: which Pods are behind it. */
export const serviceFields = shape.object({
  spec: shape.optional(shape.object({ selector: shape.optional(shape.record(shape.text)) })),
});

function metaOf(object: unknown) {
  const parsed = parseShape(named, object);
  if ("problem" in parsed) throw new Error(parsed.problem);
  const { annotations = {}, labels = {}, ...metadata } = parsed.value.metadata;
  const { name, namespace = "", uid = "", generation = 0 } = metadata;
  return { name, namespace, uid, generation, labels, annotations };
}

function identityOf(object: unknown) {
  const { labels: _, annotations, ...identity } = metaOf(object);
  const endsConnections = annotations[policyAnnotations.endConnections] === "true";
  return { ...identity, ...(endsConnections && { endsConnections }) };
}

/** The fields of an object of a kind of ours, or of one that is like them. */
function fieldsOf<T>(kind: Pick<CustomKind<T>, "kind" | "fields">, object: unknown): T {
  const parsed = parseCustom(kind, object);
  if ("problem" in parsed) throw new Error(parsed.problem);
  return parsed.value;
}

export function namespaceRecord(object: unknown): NamespaceRecord {
  const { name, labels } = metaOf(object);
  return { name, labels };
}

export function nodeRecord(object: unknown): NodeRecord {
  const parsed = parseNode(object);
  if (!parsed) throw new Error("The Node has no name or no UID");
  const { name, labels, internalIps, transport, podCidrs } = parsed.node;
  const gateways = podCidrs.map((cidr) => nthAddress(cidr, 1n));
  const addresses = [...internalIps, ...transport.map(({ address }) => address), ...gateways];
  return { name, labels, addresses: [...new Set(addresses)] };
}

export function serviceRecord(object: unknown): ServiceRecord {
  const { namespace, name } = metaOf(object);
  const parsed = parseShape(serviceFields, object);
  if ("problem" in parsed) throw new Error(parsed.problem);
  const { selector } = parsed.value.spec ?? {};
  return { namespace, name, ...(selector && { selector }) };
}

export function tierRecord(object: unknown): TierRecord {
  const { priority } = fieldsOf(tierKind, object).spec;
  return { name: metaOf(object).name, priority };
}

export function groupRecord(kind: CustomKind<Group>): (object: unknown) => GroupRecord {
  return (object) => {
    const { namespace, name } = metaOf(object);
    return { namespace, name, spec: fieldsOf(kind, object).spec };
  };
}

export function kubernetesPolicyRecord(object: unknown): PolicyRecord | undefined {
  const parsed = parseShape(kubernetesPolicy, object);
  if ("problem" in parsed) throw new Error(parsed.problem);
  const { spec } = parsed.value;
  return spec && { kind: "K8sNetworkPolicy", ...identityOf(object), spec };
}

export function antreaPolicyRecord(
  kind: AntreaPolicyRecord["kind"],
  fields: CustomKind<AntreaPolicy>,
): (object: unknown) => AntreaPolicyRecord {
  return (object) => ({ kind, ...identityOf(object), spec: fieldsOf(fields, object).spec });
}

export const clusterNetworkPolicyRecord = antreaPolicyRecord(
  "AntreaClusterNetworkPolicy",
  clusterNetworkPolicyKind,
);
export const networkPolicyRecord = antreaPolicyRecord("AntreaNetworkPolicy", networkPolicyKind);

export function adminPolicyRecord(object: unknown): PolicyRecord {
  const { spec } = fieldsOf(adminPolicyKind, object);
  return { kind: "AdminNetworkPolicy", ...identityOf(object), spec };
}

export function baselineAdminPolicyRecord(object: unknown): PolicyRecord {
  const { spec } = fieldsOf(baselineAdminPolicyKind, object);
  return { kind: "BaselineAdminNetworkPolicy", ...identityOf(object), spec };
}

export function kubernetesClusterPolicyRecord(object: unknown): PolicyRecord {
  const { spec } = fieldsOf(kubernetesClusterPolicyKind, object);
  return { kind: "K8sClusterNetworkPolicy", ...identityOf(object), spec };
}
