import type { Shape } from "@antrea/base";
import {
  adminPolicyKind,
  baselineAdminPolicyKind,
  CRD_GROUP,
  clusterGroupKind,
  clusterNetworkPolicyKind,
  type CustomKind,
  type ForeignKind,
  type GateName,
  kubernetesClusterPolicyKind,
  kubernetesPolicy,
  namespacedGroupKind,
  networkPolicyKind,
  tierKind,
} from "@antrea/api";
import {
  accepted,
  validateAdminPolicy,
  validateBaselineAdminPolicy,
  validateClusterGroup,
  validateClusterPolicy,
  validateGroup,
  validateKubernetesClusterPolicy,
  validateNamespacePolicy,
  validateTier,
  type Validator,
  withDefaults,
} from "../admission/index.ts";
import { readObject, verdict } from "../admission/verdict.ts";
import type { AntreaPolicyRecord, KubernetesPolicyRecord } from "../computation/records.ts";
import { type RecordKind, serviceFields } from "../records/index.ts";

/** A kind that a manifest of policies may hold. */
export interface PlannedKind {
  readonly record: RecordKind;
  readonly kind: string;
  /** `group/version`, of all that are served. */
  readonly apiVersions: readonly string[];
  readonly isNamespaced: boolean;
  /** Without it the kind is not looked at. */
  readonly gate?: GateName;
  /** What the API server asks before it takes such an object. */
  readonly validate: Validator;
  /** The record as it would be read once the API server has put in what its author left out. */
  readonly complete?: (record: object) => object;
}

/** Of kinds that no webhook of ours judges: what the API server's own validation leaves to be read. */
function readable(fields: Shape<unknown>): Validator {
  return async ({ operation, object }) => {
    if (operation === "DELETE") return accepted;
    const parsed = readObject(fields, object);
    return "refusal" in parsed ? verdict({ refusals: [parsed.refusal] }) : accepted;
  };
}

export const plannedKinds: readonly PlannedKind[] = [
  {
    ...{ record: "networkPolicies", kind: "NetworkPolicy", isNamespaced: true },
    ...{ apiVersions: ["networking.k8s.io/v1"], validate: readable(kubernetesPolicy) },
    complete: kubernetes,
  },
  {
    ...{ record: "services", kind: "Service", isNamespaced: true },
    ...{ apiVersions: ["v1"], validate: readable(serviceFields) },
  },
  ours("tiers", tierKind, validateTier),
  ours("clusterGroups", clusterGroupKind, validateClusterGroup),
  ours("groups", namespacedGroupKind, validateGroup),
  ours("antreaClusterPolicies", clusterNetworkPolicyKind, validateClusterPolicy, antrea),
  ours("antreaPolicies", networkPolicyKind, validateNamespacePolicy, antrea),
  foreign("adminPolicies", adminPolicyKind, "AdminNetworkPolicy", validateAdminPolicy),
  foreign(
    "baselineAdminPolicies",
    baselineAdminPolicyKind,
    "AdminNetworkPolicy",
    validateBaselineAdminPolicy,
  ),
  foreign(
    "clusterPolicies",
    kubernetesClusterPolicyKind,
    "ClusterNetworkPolicy",
    validateKubernetesClusterPolicy,
  ),
];

function ours(
  record: RecordKind,
  { kind, version, olderVersions = [], scope }: CustomKind<unknown>,
  validate: Validator,
  complete?: PlannedKind["complete"],
): PlannedKind {
  return {
    ...{ record, kind, gate: "AntreaPolicy", validate },
    apiVersions: [version, ...olderVersions].map((one) => `${CRD_GROUP}/${one}`),
    isNamespaced: scope === "Namespaced",
    ...(complete && { complete }),
  };
}

function foreign(
  record: RecordKind,
  { group, version, kind }: ForeignKind<unknown>,
  gate: GateName,
  validate: Validator,
): PlannedKind {
  return {
    record,
    kind,
    gate,
    validate,
    apiVersions: [`${group}/${version}`],
    isNamespaced: false,
  };
}

function antrea(record: object): object {
  const policy = record as AntreaPolicyRecord;
  return { ...policy, spec: withDefaults(policy.spec) };
}

/** `policyTypes` and protocols, as `networking.k8s.io/v1` has them by default. */
function kubernetes(record: object): object {
  const policy = record as KubernetesPolicyRecord;
  const { policyTypes, ingress, egress } = policy.spec;
  const isForEgress = egress !== undefined && egress.length > 0;
  return {
    ...policy,
    spec: {
      ...policy.spec,
      policyTypes: policyTypes ?? ["Ingress", ...(isForEgress ? ["Egress"] : [])],
      ...(ingress && { ingress: ingress.map(withProtocols) }),
      ...(egress && { egress: egress.map(withProtocols) }),
    },
  };
}

function withProtocols<R extends { readonly ports?: readonly object[] | undefined }>(rule: R): R {
  const { ports } = rule;
  return ports ? { ...rule, ports: ports.map((port) => ({ protocol: "TCP", ...port })) } : rule;
}
