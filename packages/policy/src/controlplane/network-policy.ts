import { shape } from "@antrea/base";
import { type NetworkPolicy, policyKinds } from "../model.ts";
import { apiVersion, type WireKind } from "./kind.ts";
import { encodeRule, ruleShape } from "./rule.ts";
import { listOf, metadataShape, someOf } from "./wire.ts";

const kind = "NetworkPolicy";

const policy = shape.object({
  metadata: metadataShape,
  rules: listOf(ruleShape),
  appliedToGroups: listOf(shape.text),
  priority: shape.optional(shape.number),
  tierPriority: shape.optional(shape.whole(0, 255)),
  sourceRef: shape.object({
    type: shape.oneOf(policyKinds),
    namespace: shape.optional(shape.text),
    name: shape.text,
    uid: shape.text,
  }),
  isolates: listOf(shape.oneOf(["In", "Out"])),
  endsConnections: shape.optional(shape.truth),
});

/** As Antrea's, with `isolates` and `endsConnections` beside it. Its name is the UID of its source. */
export const networkPolicyWire: WireKind<NetworkPolicy> = {
  kind,
  nameOf: ({ uid }) => uid,
  encode: ({ uid, source, generation, rules, tierPriority, priority, ...rest }) => ({
    ...{ apiVersion, kind, metadata: { name: uid, uid, generation } },
    ...someOf("rules", rules.map(encodeRule)),
    ...someOf("appliedToGroups", rest.appliedToGroups),
    ...(priority !== undefined && { priority }),
    ...(tierPriority !== undefined && { tierPriority }),
    sourceRef: {
      type: source.kind,
      ...(source.namespace !== "" && { namespace: source.namespace }),
      ...{ name: source.name, uid: source.uid },
    },
    ...someOf("isolates", rest.isolates),
    ...(rest.endsConnections && { endsConnections: true }),
  }),
  decode(object) {
    const read = policy.read(object, "");
    const { metadata, sourceRef, tierPriority, priority } = read;
    const { type, namespace = "", name, uid } = sourceRef;
    return {
      uid: metadata.name,
      source: { kind: type, namespace, name, uid },
      generation: metadata.generation ?? 0,
      ...(tierPriority !== undefined && { tierPriority }),
      ...(priority !== undefined && { priority }),
      isolates: read.isolates ?? [],
      ...(read.endsConnections && { endsConnections: true }),
      appliedToGroups: read.appliedToGroups ?? [],
      rules: read.rules ?? [],
    };
  },
};
