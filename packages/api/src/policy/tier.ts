import type { ShapeType } from "@antrea/base";
import { field } from "../crd/field.ts";
import type { CustomKind } from "../crd/kind.ts";

const fields = field.object("A place for policies: those of a lower number are asked first.", {
  spec: field.object("Its place.", {
    priority: field.whole("0 to 249 for Tiers of your own; each number once.", 0, 255),
    description: field.optional(field.text("What it is for.")),
  }),
});

export type Tier = ShapeType<typeof fields>;

export const tierKind: CustomKind<Tier> = {
  kind: "Tier",
  plural: "tiers",
  singular: "tier",
  shortNames: ["tr"],
  version: "v1beta1",
  olderVersions: ["v1alpha1"],
  scope: "Cluster",
  fields,
  columns: [
    { name: "Priority", type: "integer", jsonPath: ".spec.priority", description: "Its place" },
    {
      name: "Age",
      type: "date",
      jsonPath: ".metadata.creationTimestamp",
      description: "Since when",
    },
  ],
};
