import { remembered } from "@antrea/base";
import { labelIs, quoted, type Selector, selectorOf } from "./selector.ts";
import { uuidOf } from "./uuid.ts";

/** Whom a group is made of: Pods of one Namespace, Pods of Namespaces, or Nodes. */
export type GroupSelector =
  | PodsSelector
  | { readonly kind: "podsOfNamespaces"; readonly namespaces: Selector; readonly pods: Selector }
  | { readonly kind: "nodes"; readonly nodes: Selector };

/** Pods of one Namespace. */
export interface PodsSelector {
  readonly kind: "pods";
  readonly namespace: string;
  readonly pods: Selector;
  /** The group's, where somebody has it already. */
  readonly name?: string;
}

/**
 * The name of the group with this selector: the same wherever it is used, and after a restart, as
 * Antrea makes them (UUID version 5 of the selector's text).
 */
export function groupName(selector: GroupSelector): string {
  return (selector.kind === "pods" && selector.name) || nameOf(groupSelectorText(selector));
}

/** A name is asked for again each time that a policy is compiled, and costs more than all else of a rule. */
const nameOf = remembered(uuidOf, 100_000);

/** Selects the same Pods of each of many Namespaces: texts that are names already are not put together. */
export function podsInEach(pods: Selector): (namespace: string) => PodsSelector {
  const name = namesInEach(pods.text);
  return (namespace) => ({ kind: "pods", namespace, pods, name: name(namespace) });
}

const namesInEach = remembered(
  (pods) => remembered((namespace) => uuidOf(podsText(namespace, pods)), 25_000),
  16,
);

function podsText(namespace: string, pods: string): string {
  return `namespace=${quoted(namespace)} And podSelector=${pods}`;
}

export function groupSelectorText(selector: GroupSelector): string {
  switch (selector.kind) {
    case "nodes":
      return `nodeSelector=${selector.nodes.text}`;
    case "pods":
      return podsText(selector.namespace, selector.pods.text);
    case "podsOfNamespaces":
      return `namespaceSelector=${selector.namespaces.text} And podSelector=${selector.pods.text}`;
  }
}

/** A label that Pods have for the computation only, and that nobody can give them. */
export const serviceAccountLabel = "\0serviceAccount";

export function podsOfServiceAccount(of: {
  readonly namespace: string;
  readonly name: string;
}): GroupSelector {
  const pods = selectorOf([labelIs(serviceAccountLabel, of.name)]);
  return { kind: "pods", namespace: of.namespace, pods };
}
