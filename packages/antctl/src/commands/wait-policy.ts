import {
  type AntreaPolicyStatus,
  clusterNetworkPolicyKind,
  networkPolicyKind,
  parseCustom,
} from "@antrea/api";
import { CommandFailure, text } from "@antrea/command";
import { defineCommand } from "../context.ts";

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
    "For policies of Antrea (acnp, annp): the state that is written when the command begins, or a later one, is in force on all of its Nodes when it returns.",
  example: ["antctl wait policy deny-all", "antctl wait policy web -n shop --timeout 10s"],
  args: {
    namespace: text("Of an annp; without it, an acnp is meant", {
      short: "n",
      placeholder: "NAMESPACE",
    }),
  },
  positionals: { name: text("The policy", { placeholder: "NAME" }) },
  async run({ args: { namespace }, positionals: { name = "" }, signal, ...context }) {
    const cluster = await context.cluster();
    const part = namespace === undefined ? "antreaClusterPolicies" : "antreaPolicies";
    for (;;) {
      const objects = await cluster.objects(part, { signal });
      const found = objects
        .map((object) => policyOf(object, namespace))
        .find((one) => one?.name === name);
      if (!found)
        throw new CommandFailure(
          namespace === undefined
            ? `There is no policy ${name} of the cluster. Give -n NAMESPACE for one of a Namespace; kubectl get acnp says which there are.`
            : `There is no policy ${name} in Namespace ${namespace}. kubectl get annp -n ${namespace} says which there are.`,
        );
      const { status, generation } = found;
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
