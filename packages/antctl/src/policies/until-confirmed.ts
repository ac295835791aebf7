import { agentApi, controllerApi } from "@antrea/api/local-api";
import { parseShape, shape } from "@antrea/base";
import { CommandFailure } from "@antrea/command";
import type { AntctlContext, Wait, Waiting } from "../context.ts";
import { askAgent, askController } from "../reach/ask.ts";
import { policyParts } from "./choose-policies.ts";

export const waitedKinds = ["ACNP", "ANNP", "K8sNP", "ANP", "BANP", "CNP"] as const;
/** Policies that have no status of ours. */
type KindWithoutStatus = Exclude<(typeof waitedKinds)[number], "ACNP" | "ANNP">;

const written = shape.object({
  metadata: shape.object({ uid: shape.text, generation: shape.optional(shape.whole(0)) }),
});

export interface ConfirmedPolicy {
  readonly name: string;
  readonly generation: number;
  readonly desiredNodes: number;
  readonly currentNodes: number;
}

/** How often it is looked how far the controller and Nodes are, in milliseconds. */
const lookMs = 200;

/** Resolves when each Node that the policy concerns has confirmed its present state, or a later one. */
export async function untilConfirmed(
  context: AntctlContext & Waiting,
  kind: KindWithoutStatus,
  where: { readonly namespace: string | undefined; readonly name: string },
  options: Wait,
): Promise<ConfirmedPolicy> {
  const { uid, generation } = await writtenState(context, kind, where, options);
  const confirmed = new Set<string>();
  for (;;) {
    const span = await askController(context, controllerApi.policySpan, {
      query: { uid },
      ...options,
    });
    const isComputed = span.generation >= generation;
    const open = span.nodes.filter((node) => !confirmed.has(node));
    context.waitsFor(
      isComputed
        ? `${where.name} is not confirmed by ${open.slice(0, 3).join(", ")}${open.length > 3 ? ` and ${open.length - 3} more` : ""}`
        : `antrea-controller has not taken generation ${generation} of ${where.name} yet`,
    );
    for (const node of isComputed ? span.nodes : [])
      if (
        !confirmed.has(node) &&
        (await isConfirmedBy(context, node, { uid, generation }, options))
      )
        confirmed.add(node);
    if (isComputed && span.nodes.every((node) => confirmed.has(node))) {
      const nodes = span.nodes.length;
      return { name: where.name, generation, desiredNodes: nodes, currentNodes: nodes };
    }
    await context.sleep(lookMs, options);
  }
}

async function writtenState(
  context: AntctlContext,
  kind: KindWithoutStatus,
  { namespace, name }: { readonly namespace: string | undefined; readonly name: string },
  options: Wait,
): Promise<{ readonly uid: string; readonly generation: number }> {
  const cluster = await context.cluster();
  const at = { ...(namespace !== undefined && { namespace }), name };
  const object = await cluster.object(policyParts[kind], at, options);
  const where = namespace === undefined ? "of the cluster" : `in Namespace ${namespace}`;
  if (object === undefined)
    throw new CommandFailure(`There is no policy ${name} of kind ${kind} ${where}.`);
  const parsed = parseShape(written, object);
  if ("problem" in parsed)
    throw new CommandFailure(`The policy cannot be read: ${parsed.problem}.`);
  const { uid, generation = 0 } = parsed.value.metadata;
  return { uid, generation };
}

async function isConfirmedBy(
  context: AntctlContext,
  node: string,
  { uid, generation }: { readonly uid: string; readonly generation: number },
  options: Wait,
): Promise<boolean> {
  const rows = await askAgent(context, agentApi.networkPolicies, { node, ...options });
  const row = rows.find(({ name }) => name === uid);
  if (row?.failure !== undefined)
    throw new CommandFailure(`Node ${node} does not take it: ${row.failure}`);
  return (row?.realizedGeneration ?? 0) >= generation;
}
