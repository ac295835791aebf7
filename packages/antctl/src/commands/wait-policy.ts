import {
  type AntreaPolicyStatus,
  clusterNetworkPolicyKind,
  networkPolicyKind,
  parseCustom,
} from "@antrea/api";
import { CommandFailure, oneOf, text, value } from "@antrea/command";
import { defineCommand } from "../context.ts";
import { untilConfirmed, waitedKinds } from "../policies/until-confirmed.ts";

interface WaitRow {
  readonly name: string;
  readonly generation: number;
  readonly desiredNodes: number;
  readonly currentNodes: number;
}

/** How often it is looked how far Nodes are, in milliseconds. */
const lookMs = 200;

export const waitPolicy = defineCommand({
  name: "wait policy",
  summary: "Wait until every Node that a policy concerns has it in force, as it is now",
  description:
    "The state that is written when the command begins, or a later one, is in force on all of its Nodes when it returns. " +
    "Policies of Antrea say so in their status; of other kinds (--type) the controller is asked for the Nodes that they concern, and each of these for what its switch has confirmed.",
  example: [
    "antctl wait policy deny-all",
    "antctl wait policy web -n shop --timeout 10s",
    "antctl wait policy web -n shop --type K8sNP",
  ],
  args: {
    namespace: text("Of the policy; without it, one of the cluster is meant", {
      short: "n",
      placeholder: "NAMESPACE",
    }),
    type: value("Its kind; without it, ANNP in a Namespace and else ACNP", oneOf(waitedKinds), {
      short: "T",
    }),
  },
  positionals: { name: text("The policy", { placeholder: "NAME" }) },
  async run({
    args: { namespace, type },
    positionals: { name = "" },
    signal,
    waitsFor,
    ...context
  }) {
    if (type !== undefined && type !== "ACNP" && type !== "ANNP")
      return [
        await untilConfirmed({ ...context, waitsFor }, type, { namespace, name }, { signal }),
      ];
    const cluster = await context.cluster();
    const part = namespace === undefined ? "antreaClusterPolicies" : "antreaPolicies";
    for (;;) {
      const object = await cluster.object(part, { namespace, name }, { signal });
      const found = object === undefined ? undefined : policyOf(object, namespace);
      if (!found)
        throw new CommandFailure(
          namespace === undefined
            ? `There is no policy ${name} of the cluster. Give -n NAMESPACE for one of a Namespace; kubectl get acnp says which there are.`
            : `There is no policy ${name} in Namespace ${namespace}. kubectl get annp -n ${namespace} says which there are.`,
        );
      const { status, generation } = found;
      waitsFor(pendingOf(found));
      if (status?.observedGeneration === generation) {
        if (status.phase === "Failed") throw new CommandFailure(failureOf(status));
        if (status.phase === "Pending") throw new CommandFailure(unenforcedOf(status));
        if (status.phase === "Realized") return [rowOf(name, generation, status)];
      }
      await context.sleep(lookMs, { signal });
    }
  },
  columns: [
    { title: "NAME", cell: (row: WaitRow) => row.name },
    { title: "GENERATION", cell: (row) => row.generation },
    { title: "DESIRED", cell: (row) => row.desiredNodes },
    { title: "CURRENT", cell: (row) => row.currentNodes },
  ],
});

function policyOf(object: unknown, namespace: string | undefined) {
  const kind = namespace === undefined ? clusterNetworkPolicyKind : networkPolicyKind;
  const parsed = parseCustom(kind, object);
  if ("problem" in parsed || parsed.meta.namespace !== namespace) return undefined;
  const { meta, value } = parsed;
  return { name: meta.name, generation: meta.generation ?? 0, status: value.status };
}

function pendingOf({ name, generation, status }: NonNullable<ReturnType<typeof policyOf>>): string {
  if (status?.observedGeneration !== generation)
    return `antrea-controller has not taken generation ${generation} of ${name} yet`;
  const { currentNodesRealized: current = 0, desiredNodesRealized: desired = 0 } = status;
  return `${current} of ${desired} Nodes have confirmed generation ${generation} of ${name}`;
}

function failureOf(status: AntreaPolicyStatus): string {
  return `Nodes do not take it: ${messageOf(status, "RealizationFailure")}`;
}

function unenforcedOf(status: AntreaPolicyStatus): string {
  return `It is enforced for nobody: ${messageOf(status, "EnforcedAsWritten")}`;
}

function messageOf({ conditions = [] }: AntreaPolicyStatus, wanted: string): string {
  return conditions.find(({ type }) => type === wanted)?.message ?? "its status does not say why";
}

function rowOf(name: string, generation: number, status: AntreaPolicyStatus): WaitRow {
  const { desiredNodesRealized = 0, currentNodesRealized = 0 } = status;
  return {
    name,
    generation,
    desiredNodes: desiredNodesRealized,
    currentNodes: currentNodesRealized,
  };
}
