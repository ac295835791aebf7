import { agentApi } from "@antrea/api/local-api";
import { nearest, parseShape, shape } from "@antrea/base";
import { CommandFailure, didYouMean } from "@antrea/command";
import type { AntctlContext, Wait } from "../context.ts";
import { askAgent } from "../reach/ask.ts";
import { placeOf, policyParts, shortKinds } from "./choose-policies.ts";

type ShortKind = keyof typeof shortKinds;

/** A policy as somebody asks for it; those of the cluster have the Namespace "". */
export interface WantedPolicy {
  readonly namespace: string;
  readonly name: string;
  readonly type?: ShortKind | undefined;
}

type KnownPolicy = Required<WantedPolicy>;

/**
 * Why no agent that was asked has the policy. Refuses one that there is not: in an agent's Pod among those
 * of its Node, else among those of the cluster.
 */
export async function whyNowhere(
  context: AntctlContext,
  wanted: WantedPolicy,
  options: Wait & { readonly node: string | undefined },
): Promise<string> {
  const { policiesOf, isNone, hint } = context.place === "agent" ? ofThisNode : ofCluster;
  const known = await policiesOf(context, options);
  const { path, types } = called(wanted, known);
  const asked = wanted.type === undefined ? path : `${path} of kind ${wanted.type}`;
  if (types.length === 0)
    throw new CommandFailure(
      `${isNone} no policy ${asked}.${didYouMean(nearestPath(wanted, known))} ${hint}`,
    );
  if (wanted.type !== undefined && !types.includes(wanted.type))
    throw new CommandFailure(
      `${isNone} no policy ${asked}, but one of kind ${types.join(", one of kind ")}. Say that with --type, or leave it out.`,
    );
  const where = options.node === undefined ? "any Node that answered" : `Node ${options.node}`;
  return `${path} is for no Pod of ${where}, so it forbids nothing there.`;
}

const ofThisNode = {
  policiesOf: policiesOfNode,
  isNone: "This Node has",
  hint: 'A policy is on the Nodes whose Pods it is for; "antctl get networkpolicy" lists those of this one.',
} as const;
const ofCluster = {
  policiesOf: policiesOfCluster,
  isNone: "There is",
  hint: '"antctl get networkpolicy --computed" lists all of them.',
} as const;

function called(wanted: WantedPolicy, known: readonly KnownPolicy[]) {
  const path = pathText(wanted);
  const types = known.filter((one) => pathText(one) === path).map(({ type }) => type);
  return { path, types };
}

/** One of the same name elsewhere, or else what looks like it. */
function nearestPath(wanted: WantedPolicy, known: readonly KnownPolicy[]): string | undefined {
  const namesake = known.find(({ name }) => name === wanted.name);
  return namesake ? pathText(namesake) : nearest(pathText(wanted), known.map(pathText));
}

function pathText({ namespace, name }: WantedPolicy): string {
  return namespace === "" ? name : `${namespace}/${name}`;
}

async function policiesOfNode(context: AntctlContext, { signal }: Wait) {
  const rows = await askAgent(context, agentApi.networkPolicies, { signal });
  return rows.flatMap(({ source }): readonly KnownPolicy[] => {
    const { kind, namespace, name } = placeOf(source);
    const type = shortNames.find((one) => shortKinds[one] === kind);
    return type ? [{ namespace, name, type }] : [];
  });
}

async function policiesOfCluster(context: AntctlContext, { signal }: Wait) {
  const cluster = await context.cluster();
  const lists = shortNames.map(async (type) => {
    const objects = await cluster.objects(policyParts[type], { signal });
    return objects.flatMap((object): readonly KnownPolicy[] => {
      const parsed = parseShape(named, object);
      if ("problem" in parsed) return [];
      const { namespace = "", name } = parsed.value.metadata;
      return [{ namespace, name, type }];
    });
  });
  return (await Promise.all(lists)).flat();
}

const shortNames = Object.keys(shortKinds) as readonly ShortKind[];
const named = shape.object({
  metadata: shape.object({ namespace: shape.optional(shape.text), name: shape.text }),
});
