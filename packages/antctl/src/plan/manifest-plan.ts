import { featureGates, type GateStates, gateNames, readManifest } from "@antrea/api";
import { agentApi, controllerApi, type FlowChangeRow } from "@antrea/api/local-api";
import { CommandFailure } from "@antrea/command";
import { sourceText } from "@antrea/policy";
import { encodeShareChange } from "@antrea/policy/controlplane";
import { type PlannedNode, type PolicyPlan, planPolicies } from "@antrea/policy/plan";
import type { AntctlContext, Wait } from "../context.ts";
import { askController, askEach } from "../reach/ask.ts";
import { policyObjects } from "../reach/policy-cluster.ts";

/** What a manifest of policies would do: to its objects, to Nodes and to connections. */
export interface ManifestPlan extends Omit<PolicyPlan, "nodes"> {
  readonly nodes: readonly ManifestNode[];
}

/** One Node, with what its agent says. */
export interface ManifestNode {
  readonly node: string;
  /** "AntreaClusterNetworkPolicy:web". */
  readonly policies: {
    readonly added: readonly string[];
    readonly changed: readonly string[];
    readonly removed: readonly string[];
  };
  readonly pods: readonly string[];
  /** Undefined where the agent did not answer. */
  readonly flows?: readonly FlowChangeRow[];
  /** For the Node itself, a line each: "+ nft set NAME ipv4_addr". Undefined as well. */
  readonly host?: readonly string[];
  readonly problems: readonly string[];
}

export interface ManifestOptions {
  readonly isDelete: boolean;
  readonly namespace: string | undefined;
  readonly node: string | undefined;
}

/** Undefined where the text has no objects but perhaps a ConfigMap: it is a configuration then. */
export function manifestOf(text: string): ReturnType<typeof readManifest> | undefined {
  const manifest = readManifest(text);
  return manifest.objects.some(isObject) ? manifest : undefined;
}

function isObject(object: unknown): boolean {
  const { apiVersion, kind } = (object ?? {}) as Readonly<Record<string, unknown>>;
  return typeof apiVersion === "string" && typeof kind === "string" && kind !== "ConfigMap";
}

/** Reads the cluster, computes what would change for whom, and asks the agents concerned for their flows. */
export async function planManifest(
  context: AntctlContext,
  { objects, problems }: ReturnType<typeof readManifest>,
  { isDelete, namespace = "default", node, signal }: ManifestOptions & Wait,
): Promise<ManifestPlan> {
  if (context.place !== "outside")
    throw new CommandFailure(
      "Policies are planned from the cluster's objects and by all agents that are concerned. Run it on a machine with a kubeconfig.",
    );
  const [cluster, gates] = await Promise.all([
    policyObjects(context, { signal }),
    controllerGates(context, { signal }),
  ]);
  const manifest = { objects, isDelete, namespace };
  const plan = await planPolicies({ cluster, manifest, gates });
  const nodes = plan.nodes.filter((one) => node === undefined || one.node === node);
  return {
    ...plan,
    problems: [...problems, ...plan.problems],
    nodes: await withFlows(context, nodes, { signal }),
  };
}

/** Gates as the controller has them; one that it does not tell of is as it is by default. */
async function controllerGates(context: AntctlContext, options: Wait): Promise<GateStates> {
  const rows = await askController(context, controllerApi.featureGates, options);
  const states = new Map(rows.map(({ name, status }) => [name, status === "Enabled"]));
  return Object.fromEntries(
    gateNames.map((name) => [name, states.get(name) ?? featureGates[name].default]),
  ) as GateStates;
}

async function withFlows(
  context: AntctlContext,
  nodes: readonly PlannedNode[],
  options: Wait,
): Promise<readonly ManifestNode[]> {
  const asked = new Map(
    nodes.map(({ node, change }) => [node, { body: encodeShareChange(change) }]),
  );
  const { answers, failures } = await askEach(context, agentApi.planPolicies, asked, options);
  const told = new Map(answers.map(({ node, value }) => [node, value]));
  const silent = new Map(failures.map(({ node, sentence }) => [node, sentence]));
  return nodes.map(({ node, policies: { added, changed, removed }, pods }) => {
    const answer = told.get(node);
    const policies = {
      added: added.map(sourceText),
      changed: changed.map(sourceText),
      removed: removed.map(sourceText),
    };
    return answer
      ? { node, policies, pods, ...answer }
      : { node, policies, pods, problems: [silent.get(node) ?? "The agent gave no answer"] };
  });
}

/** Whether all of it would be done as it is written. */
export function isManifestClear({ objects, nodes, problems }: ManifestPlan): boolean {
  return (
    problems.length === 0 &&
    objects.every(({ action }) => action !== "refuse") &&
    nodes.every((one) => one.problems.length === 0)
  );
}
