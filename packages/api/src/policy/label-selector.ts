import type { ShapeType } from "@antrea/base";
import { field } from "../crd/field.ts";

/** What a requirement asks of a label (apimachinery: LabelSelectorOperator). */
export const selectorOperators = ["In", "NotIn", "Exists", "DoesNotExist"] as const;

const requirement = field.object("What a label must be.", {
  key: field.text("The label."),
  operator: field.oneOf(
    "In and NotIn compare with values; NotIn and DoesNotExist also hold where the label is missing.",
    selectorOperators,
  ),
  values: field.optional(
    field.list("For In and NotIn at least one, for the others none.", field.text("A value.")),
  ),
});

/**
 * A selector of labels (meta/v1). One without a requirement selects everything; that there is no
 * selector at all is something else, and for whoever has it to say.
 */
export const labelSelector = (description: string) =>
  field.object(`${description} All requirements must hold; {} selects everything.`, {
    matchLabels: field.optional(
      field.map("Labels with the value that each must have.", field.text("The value.")),
    ),
    matchExpressions: field.optional(field.list("Further requirements.", requirement)),
  });

export type LabelSelector = ShapeType<ReturnType<typeof labelSelector>>;
export type LabelRequirement = ShapeType<typeof requirement>;
