import { type ShapeType, shape } from "@antrea/base";
import { apiVersion } from "./kind.ts";
import { listOf } from "./wire.ts";

/** What one Node says of one policy. */
export interface NodePolicyStatus {
  /** The policy's UID. */
  readonly uid: string;
  /** The state that the switch has confirmed last; undefined while it has confirmed none. */
  readonly generation?: number | undefined;
  /** Why what is wanted is not in force, where something is wrong. */
  readonly failure?: string | undefined;
}

/** What a Node tells of its policies at a time. */
export interface NodeReport {
  readonly nodeName: string;
  /** Whether it tells of all that it has: what is not among them is not in force there. */
  readonly isWhole: boolean;
  readonly policies: readonly NodePolicyStatus[];
}

const kind = "NetworkPolicyStatusList";

const status = shape.object({
  metadata: shape.object({ name: shape.text }),
  nodes: shape.list(
    shape.object({
      nodeName: shape.text,
      generation: shape.optional(shape.whole(0)),
      realizationFailure: shape.optional(shape.truth),
      message: shape.optional(shape.text),
    }),
  ),
});

const report = shape.object({
  nodeName: shape.text,
  whole: shape.optional(shape.truth),
  items: listOf(status),
});

/** A list of Antrea's NetworkPolicyStatus, each with the one Node that tells it: a Node has one call for all. */
export const nodeReportWire = {
  kind,
  encode: ({ nodeName, isWhole, policies }: NodeReport): object => ({
    ...{ apiVersion, kind, nodeName, whole: isWhole },
    items: policies.map(({ uid, generation, failure }) => ({
      metadata: { name: uid },
      nodes: [
        {
          nodeName,
          ...(generation !== undefined && { generation }),
          ...(failure !== undefined && { realizationFailure: true, message: failure }),
        },
      ],
    })),
  }),
  /** Throws a `ShapeError`. */
  decode(object: unknown): NodeReport {
    const { nodeName, whole = false, items = [] } = report.read(object, "");
    return {
      nodeName,
      isWhole: whole,
      policies: items.flatMap((one) => statusesOf(one, nodeName)),
    };
  },
};

/** Longer text of a Node is of no use to anybody. */
const mostText = 1_000;

function statusesOf(
  { metadata, nodes }: ShapeType<typeof status>,
  reporter: string,
): readonly NodePolicyStatus[] {
  return nodes
    .filter(({ nodeName }) => nodeName === reporter)
    .map(({ generation, realizationFailure, message = "" }) => ({
      uid: metadata.name,
      ...(generation !== undefined && { generation }),
      ...(realizationFailure && { failure: message.slice(0, mostText) || "it does not say why" }),
    }));
}
