import { field } from "./field.ts";

/** A condition of an info object: one thing that is so or not, and since when it was last looked at. */
export function conditionField<const W extends string>(description: string, types: readonly W[]) {
  return field.list(
    description,
    field.object("One thing that is so or not.", {
      type: field.oneOf("What it is about.", types),
      status: field.oneOf("Whether it is so.", ["True", "False", "Unknown"]),
      lastHeartbeatTime: field.optional(field.time("When this was last looked at.")),
      reason: field.optional(field.text("One word for programs.")),
      message: field.optional(field.text("A sentence for people.")),
    }),
  );
}

/** A reference to an object of the core group. */
export function objectReferenceField(description: string) {
  return field.object(description, {
    apiVersion: field.optional(field.text("The object's API version.")),
    kind: field.optional(field.text("The object's kind.")),
    namespace: field.optional(field.text("The object's Namespace.")),
    name: field.optional(field.text("The object's name.")),
    uid: field.optional(field.text("The object's UID.")),
  });
}

/** How much of NetworkPolicy a program holds. */
export const policyCountsField = field.object("How much of NetworkPolicy is held here.", {
  networkPolicyNum: field.optional(field.whole("Policies.")),
  addressGroupNum: field.optional(field.whole("Address groups.")),
  appliedToGroupNum: field.optional(field.whole("Groups of Pods that policies apply to.")),
});
