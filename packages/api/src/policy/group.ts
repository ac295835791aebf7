import type { ShapeType } from "@antrea/base";
import { field, type Field } from "../crd/field.ts";
import type { CustomKind } from "../crd/kind.ts";
import { conditions } from "./conditions.ts";
import { labelSelector } from "./label-selector.ts";
import { ipBlock } from "./network.ts";

const fields = field.object("Pods or addresses under a name that policies may use.", {
  spec: field.object("Who: one of these, or podSelector with namespaceSelector.", {
    podSelector: field.optional(labelSelector("Pods.")),
    namespaceSelector: field.optional(labelSelector("Namespaces.")),
    nodeSelector: field.optional(labelSelector("Nodes. For ClusterGroups.")),
    externalEntitySelector: field.optional(labelSelector("Workloads outside the cluster.")),
    ipBlocks: field.optional(field.list("Any of these.", ipBlock)),
    serviceReference: field.optional(
      field.object("The Pods behind a Service.", {
        name: field.optional(field.text("Its name.")),
        namespace: field.optional(field.text("Its Namespace.")),
      }),
    ),
    childGroups: field.optional(field.list("All members of these.", field.text("A group's name."))),
  }),
  status: field.optional(
    field.object("Whether it could be computed.", { conditions: field.optional(conditions) }),
  ),
});

export type Group = ShapeType<typeof fields>;

const groupKind = {
  version: "v1beta1",
  olderVersions: ["v1alpha3", "v1alpha2"],
  hasStatus: true,
  columns: [],
  fields: fields as Field<Group>,
} as const;

export const clusterGroupKind: CustomKind<Group> = {
  ...groupKind,
  kind: "ClusterGroup",
  plural: "clustergroups",
  singular: "clustergroup",
  shortNames: ["cg"],
  scope: "Cluster",
};

export const namespacedGroupKind: CustomKind<Group> = {
  ...groupKind,
  kind: "Group",
  plural: "groups",
  singular: "group",
  shortNames: ["grp"],
  scope: "Namespaced",
};
