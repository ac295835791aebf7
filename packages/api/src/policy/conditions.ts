import { field } from "../crd/field.ts";

/** Conditions as metav1 has them. */
export const conditions = field.list(
  "What is true of it.",
  field.object("A condition.", {
    type: field.text("What is told of."),
    status: field.oneOf("Whether it is so.", ["True", "False", "Unknown"]),
    lastTransitionTime: field.optional(field.time("Since when.")),
    reason: field.optional(field.text("One word for programs.")),
    message: field.optional(field.text("A sentence for people.")),
  }),
);
