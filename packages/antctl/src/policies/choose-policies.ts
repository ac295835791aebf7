import { type PolicyKind, tierPriorities } from "@antrea/policy";
import type { ClusterPart } from "@antrea/policy/reference";
import type { ShownPolicy } from "./computed-rows.ts";

/** Kinds by the short names that Antrea gives them on the command line. */
export const shortKinds = {
  K8sNP: "K8sNetworkPolicy",
  ACNP: "AntreaClusterNetworkPolicy",
  ANNP: "AntreaNetworkPolicy",
  ANP: "AdminNetworkPolicy",
  BANP: "BaselineAdminNetworkPolicy",
  CNP: "K8sClusterNetworkPolicy",
} as const satisfies Readonly<Record<string, PolicyKind>>;

/** Where the API server keeps policies of each kind. */
export const policyParts = {
  K8sNP: "networkPolicies",
  ACNP: "antreaClusterPolicies",
  ANNP: "antreaPolicies",
  ANP: "adminPolicies",
  BANP: "baselineAdminPolicies",
  CNP: "clusterPolicies",
} as const satisfies Readonly<Record<keyof typeof shortKinds, ClusterPart>>;

export interface PolicyChoice {
  /** Its UID, or its name as in NAMESPACE/NAME. */
  readonly policy?: string | undefined;
  /** The name of what it was made of. */
  readonly source?: string | undefined;
  readonly namespace?: string | undefined;
  readonly type?: keyof typeof shortKinds | undefined;
}

export function isChosen(row: Pick<ShownPolicy, "name" | "source">, wanted: PolicyChoice): boolean {
  const { kind, namespace, name } = placeOf(row.source);
  const path = namespace === "" ? name : `${namespace}/${name}`;
  return (
    (wanted.policy === undefined || [row.name, path].includes(wanted.policy)) &&
    (wanted.source === undefined || wanted.source === name) &&
    (wanted.namespace === undefined || wanted.namespace === namespace) &&
    (wanted.type === undefined || shortKinds[wanted.type] === kind)
  );
}

/** What a source's text says, as in "AntreaNetworkPolicy:shop/web". */
export function placeOf(source: string) {
  const [, kind = "", namespace = "", name = ""] = /^(\w*):(?:(.*)\/)?(.*)$/.exec(source) ?? [];
  return { kind, namespace, name };
}

/** In the order in which they are asked; Kubernetes' own stand between tiers and have no order. */
export function byPrecedence(a: ShownPolicy, b: ShownPolicy): number {
  return placeIn(a) - placeIn(b) || (a.priority ?? 0) - (b.priority ?? 0);
}

function placeIn({
  tierPriority = (tierPriorities.admin + tierPriorities.baseline) / 2,
}: ShownPolicy) {
  return tierPriority;
}
