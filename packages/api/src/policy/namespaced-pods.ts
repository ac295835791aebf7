import type { ShapeType } from "@antrea/base";
import { field } from "../crd/field.ts";
import type { CustomKind } from "../crd/kind.ts";
import { labelSelector } from "./label-selector.ts";

/** A kind whose CustomResourceDefinition is not ours; a cluster may lack it. */
export interface ForeignKind<T>
  extends Pick<CustomKind<T>, "kind" | "plural" | "version" | "scope" | "fields"> {
  readonly group: string;
}

/** The group of Kubernetes' policies for administrators (sigs.k8s.io/network-policy-api). */
export const POLICY_GROUP = "policy.networking.k8s.io";

/** Pods of selected Namespaces; neither selector may be missing in what is stored, and {} selects all. */
const namespacedPods = field.object("Pods of Namespaces.", {
  namespaceSelector: field.optional(labelSelector("Namespaces; all where not said.")),
  podSelector: labelSelector("Pods."),
});
export type NamespacedPods = ShapeType<typeof namespacedPods>;

/**
 * Pods, by one of two ways. An object that has neither is of a newer version of the API: whoever reads
 * it fails closed, as its documentation asks. One that allows matches nothing, all others match anything.
 */
export const podsByNamespace = {
  namespaces: field.optional(labelSelector("All Pods of these Namespaces.")),
  pods: field.optional(namespacedPods),
} as const;

export const policySubject = field.object("Whom it is for: one of these.", podsByNamespace);
export type PolicySubject = ShapeType<typeof policySubject>;
