import { isDeepStrictEqual } from "node:util";
import {
  type AntreaPolicySpec,
  adminPolicyKind,
  baselineAdminPolicyKind,
  type ForeignKind,
  kubernetesClusterPolicyKind,
  type CustomKind,
  CRD_GROUP,
  clusterGroupKind,
  clusterNetworkPolicyKind,
  type Group,
  namespacedGroupKind,
  networkPolicyKind,
  tierKind,
  type AntreaPolicy,
} from "@antrea/api";
import { nearest, parseShape, shape } from "@antrea/base";
import { policyRefusals, policyWarnings } from "./antrea-policy.ts";
import { clusterPolicyRefusals } from "./cluster-policy.ts";
import { groupReferences } from "./group-references.ts";
import { groupRefusals } from "./group.ts";
import type { GroupKnowledge, Knowledge } from "./knowledge.ts";
import { quote, refusal } from "./refusal.ts";
import type { PolicyScope } from "./rules.ts";
import { changedTierRefusals, deletedTierRefusals, newTierRefusals } from "./tier.ts";
import { accepted, type Question, readObject, type Verdict, verdict } from "./verdict.ts";

export interface Validation {
  readonly knowledge: Knowledge;
  /** Of the feature gate AntreaPolicy. */
  readonly hasAntreaPolicies: boolean;
  /** Of the feature gate ClusterNetworkPolicy. */
  readonly hasClusterPolicies: boolean;
  readonly isL7Enabled: boolean;
  /** Who we are to the API server. */
  readonly ownUsername: string;
  /**
   * Whether who asks may read all of the knowledge, so that names out of it may help. Not where anybody may
   * ask: an answer then does not depend on which groups there are.
   */
  readonly mayTellNames?: boolean;
}

export type Validator = (question: Question, validation: Validation) => Promise<Verdict>;

/** While the gate is closed nobody enforces what is of ours: no more of it is taken, and what there is may go. */
function whereOpen(kind: CustomKind<unknown>, validate: Validator): Validator {
  return async (question, validation) =>
    validation.hasAntreaPolicies || isSpecKept(question)
      ? validate(question, validation)
      : verdict({
          refusals: [
            refusal(
              "kind",
              `is ${kind.kind} of ${CRD_GROUP}`,
              "must be one that is enforced: open the feature gate AntreaPolicy in antrea-controller.conf",
            ),
          ],
        });
}

export const validateTier: Validator = whereOpen(tierKind, judgeTier);

async function judgeTier(
  { operation, name, username, object, oldObject }: Question,
  { knowledge, hasClusterPolicies, ownUsername }: Validation,
): Promise<Verdict> {
  if (operation === "DELETE")
    return verdict({ refusals: [...deletedTierRefusals(name, knowledge.policiesOf(name).length)] });
  const parsed = readObject(tierKind.fields, object);
  if ("refusal" in parsed) return verdict({ refusals: [parsed.refusal] });
  const tier = { name, priority: parsed.value.spec.priority };
  if (operation === "CREATE") {
    const context = { tiers: await knowledge.tiersNow(), hasClusterPolicies };
    return verdict({ refusals: [...newTierRefusals(tier, context)] });
  }
  const before = readObject(tierKind.fields, oldObject);
  if ("refusal" in before) return accepted;
  const { priority } = before.value.spec;
  return verdict({
    refusals: [...changedTierRefusals({ name, priority }, tier, username === ownUsername)],
  });
}

export const validateClusterPolicy = whereOpen(clusterNetworkPolicyKind, (question, validation) =>
  validatePolicy(question, validation, clusterNetworkPolicyKind),
);
export const validateNamespacePolicy = whereOpen(networkPolicyKind, (question, validation) =>
  validatePolicy(question, validation, networkPolicyKind),
);

async function validatePolicy(
  question: Question,
  { knowledge, isL7Enabled, mayTellNames = false }: Validation,
  kind: CustomKind<AntreaPolicy>,
): Promise<Verdict> {
  if (isSpecKept(question)) return accepted;
  const parsed = readObject(kind.fields, question.object);
  if ("refusal" in parsed) return verdict({ refusals: [parsed.refusal] });
  const { spec } = parsed.value;
  const scope = scopeOf(kind);
  const tiers = await knowledge.tiers(spec.tier || undefined);
  const groups = mayTellNames ? knowledge.groups(scope, question.namespace) : undefined;
  return verdict({
    refusals: [...policyRefusals(spec, { scope, tiers, isL7Enabled })],
    warnings: [
      ...bounded(policyWarnings(spec)),
      ...(groups ? bounded(missingGroups(spec, groups)) : []),
    ],
  });
}

/** What kubectl prints is read by a person; a policy may name a hundred thousand groups that there are not. */
const mostWarnings = 10;

function* bounded(warnings: Iterable<string>): Generator<string> {
  let count = 0;
  for (const warning of warnings) {
    if (count++ === mostWarnings) return yield "There is more of this sort in it, not listed here";
    yield warning;
  }
}

/** Groups may come after policies; until then they have no members. */
function* missingGroups(spec: AntreaPolicySpec, groups: GroupKnowledge): Generator<string> {
  const kind = groups.scope === "cluster" ? "ClusterGroup" : "Group";
  let names: readonly string[] | undefined;
  for (const { at, group } of groupReferences(spec)) {
    if (groups.childrenOf(group)) continue;
    names ??= groups.names(mostCompared);
    const near = nearest(group, names);
    const hint = near === undefined ? "" : `; did you mean "${near}"?`;
    yield `${at} is ${quote(group)}: there is no such ${kind} yet, and it stands for nobody until there is${hint}`;
  }
}

/** A "did you mean" is worth no more: who validates has the API server wait, and all Nodes. */
const mostCompared = 1_000;

export const validateClusterGroup = whereOpen(clusterGroupKind, (question, validation) =>
  validateGroupOf(question, validation, clusterGroupKind),
);
export const validateGroup = whereOpen(namespacedGroupKind, (question, validation) =>
  validateGroupOf(question, validation, namespacedGroupKind),
);

async function validateGroupOf(
  question: Question,
  { knowledge }: Validation,
  kind: CustomKind<Group>,
): Promise<Verdict> {
  if (isSpecKept(question)) return accepted;
  const parsed = readObject(kind.fields, question.object);
  if ("refusal" in parsed) return verdict({ refusals: [parsed.refusal] });
  const { name, namespace } = question;
  const groups = knowledge.groups(scopeOf(kind), namespace);
  return verdict({ refusals: [...groupRefusals(name, parsed.value.spec, groups)] });
}

export async function validateKubernetesClusterPolicy(
  question: Question,
  { knowledge, hasClusterPolicies }: Validation,
): Promise<Verdict> {
  const context = { tiers: await knowledge.tiers(), hasClusterPolicies };
  const isNew = question.operation === "CREATE";
  const refusals = isNew ? [...clusterPolicyRefusals(context)] : [];
  if (refusals.length > 0) return verdict({ refusals });
  return validateReadable(question, kubernetesClusterPolicyKind);
}

export const validateAdminPolicy: Validator = async (question) =>
  validateReadable(question, adminPolicyKind);
export const validateBaselineAdminPolicy: Validator = async (question) =>
  validateReadable(question, baselineAdminPolicyKind);

/** Upstream's definitions leave to us what a protocol is, and an operator: a policy with others could not be enforced. */
function validateReadable(question: Question, { fields }: ForeignKind<unknown>): Verdict {
  if (isSpecKept(question)) return accepted;
  const parsed = readObject(fields, question.object);
  return "refusal" in parsed ? verdict({ refusals: [parsed.refusal] }) : accepted;
}

function scopeOf({ scope }: CustomKind<unknown>): PolicyScope {
  return scope === "Cluster" ? "cluster" : "namespaced";
}

/**
 * Whether nothing changes of what an object asks for. What was accepted once, perhaps by another version,
 * may still get labels and lose finalizers.
 */
function isSpecKept({ operation, object, oldObject }: Question): boolean {
  if (operation === "CONNECT" || operation === "DELETE") return true;
  if (operation === "CREATE") return false;
  const [before, after] = [parseShape(anySpec, oldObject), parseShape(anySpec, object)];
  return "value" in before && "value" in after && isDeepStrictEqual(before.value, after.value);
}

const anySpec = shape.object({ spec: shape.anything });
