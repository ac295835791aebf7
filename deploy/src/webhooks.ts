import {
  adminPolicyKind,
  baselineAdminPolicyKind,
  CRD_GROUP,
  type CustomKind,
  clusterGroupKind,
  clusterNetworkPolicyKind,
  type ForeignKind,
  kubernetesClusterPolicyKind,
  namespacedGroupKind,
  networkPolicyKind,
  objectNames,
  tierKind,
} from "@antrea/api";
import { clusterObject, type Manifest, namespace } from "./object.ts";

type Operation = "CREATE" | "UPDATE" | "DELETE";

/** One call of the API server to the controller, about objects of one kind. */
interface Webhook {
  /** Begins its name, and ends its path. */
  readonly name: string;
  readonly kind: Pick<CustomKind<unknown>, "plural" | "version" | "scope">;
  readonly group?: string;
  readonly operations: readonly Operation[];
  /** Does not ask about what the controller does itself, which it may do before it can be asked. */
  readonly isOwnLeftOut?: true;
  /** Asks only about objects of which this CEL expression holds; what it cannot judge is asked about. */
  readonly onlyIf?: { readonly name: string; readonly expression: string };
}

const onWrites = ["CREATE", "UPDATE"] as const;

/** Not asked about removal, so that no Namespace waits for us to go away: Tiers are in none. */
export const validating: readonly Webhook[] = [
  { name: "tier", kind: tierKind, operations: [...onWrites, "DELETE"], isOwnLeftOut: true },
  { name: "acnp", kind: clusterNetworkPolicyKind, operations: onWrites },
  { name: "annp", kind: networkPolicyKind, operations: onWrites },
  { name: "clustergroup", kind: clusterGroupKind, operations: onWrites },
  { name: "group", kind: namespacedGroupKind, operations: onWrites },
  upstream("cnp", kubernetesClusterPolicyKind),
  upstream("anp", adminPolicyKind),
  upstream("banp", baselineAdminPolicyKind),
];

/** A policy whose author has given it a Tier, and each rule a name, has nothing left to be put in: it is spared the call. */
const lacksDefaults = {
  name: "lacks-tier-or-names",
  expression: [
    "!has(object.spec) || !has(object.spec.tier) || object.spec.tier == ''",
    ...["ingress", "egress"].map(
      (rules) =>
        `has(object.spec.${rules}) && (type(object.spec.${rules}) != list || object.spec.${rules}.exists(r, type(r) != map || !has(r.name) || r.name == ''))`,
    ),
  ].join(" || "),
};

export const mutating: readonly Webhook[] = [
  { name: "acnp", kind: clusterNetworkPolicyKind, operations: onWrites, onlyIf: lacksDefaults },
  { name: "annp", kind: networkPolicyKind, operations: onWrites, onlyIf: lacksDefaults },
];

/** Where the cluster has no such kind, nothing is asked. */
function upstream(name: string, kind: ForeignKind<unknown>): Webhook {
  return { name, kind, group: kind.group, operations: onWrites };
}

const GROUP = "admissionregistration.k8s.io/v1";

/** The controller puts `caBundle` in, by which the API server knows it. */
export function webhookManifests(): readonly Manifest[] {
  return [
    configuration("MutatingWebhookConfiguration", objectNames.mutatingWebhooks, mutating),
    configuration("ValidatingWebhookConfiguration", objectNames.validatingWebhooks, validating),
  ];
}

function configuration(
  kind: "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration",
  name: string,
  hooks: readonly Webhook[],
): Manifest {
  const [verb, role] = kind.startsWith("Mutating")
    ? ["mutate", "mutator"]
    : ["validate", "validator"];
  return {
    ...clusterObject(GROUP, kind, name),
    webhooks: hooks.map((hook) => ({
      name: `${hook.name}${role}.antrea.io`,
      clientConfig: {
        service: { namespace, name: objectNames.service, path: `/${verb}/${hook.name}`, port: 443 },
      },
      rules: [
        {
          apiGroups: [hook.group ?? CRD_GROUP],
          apiVersions: [hook.kind.version],
          resources: [hook.kind.plural],
          operations: [...hook.operations],
          scope: hook.kind.scope,
        },
      ],
      ...matchConditions([
        ...(hook.isOwnLeftOut ? [notByUs] : []),
        ...(hook.onlyIf ? [hook.onlyIf] : []),
      ]),
      matchPolicy: "Equivalent",
      failurePolicy: "Fail",
      sideEffects: "None",
      admissionReviewVersions: ["v1"],
      timeoutSeconds: 5,
    })),
  } as Manifest;
}

const notByUs = {
  name: "not-by-the-controller",
  expression: `request.userInfo.username != 'system:serviceaccount:${namespace}:${objectNames.controller}'`,
};

function matchConditions(all: readonly object[]) {
  return all.length > 0 ? { matchConditions: [...all] } : {};
}
