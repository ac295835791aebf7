import { oneOf, text, value } from "@antrea/command";
import { defineCommand } from "../context.ts";
import { byPrecedence, isChosen, shortKinds } from "../policies/choose-policies.ts";
import type { ShownPolicy } from "../policies/computed-rows.ts";
import { shownAppliedToGroups, shownPolicies } from "../policies/shown.ts";
import { computedOption, rowsOf } from "../reach/computed.ts";
import { nodeColumn, nodeOption, printRows } from "../reach/rows.ts";

const kinds = Object.keys(shortKinds) as readonly (keyof typeof shortKinds)[];

export const getNetworkPolicy = defineCommand({
  name: "get networkpolicy",
  aliases: ["get networkpolicies", "get netpol"],
  summary: "Print the policies that Nodes enforce, and how far they are in force",
  description:
    "REALIZED is the state of the policy that the switch has confirmed last: its GENERATION, where all is well. " +
    "FAILURE says why it has not. With --computed, and in the controller's Pod, policies are printed as the controller " +
    "has computed them, also those that no Node needs.",
  example: [
    "antctl get networkpolicy",
    "antctl get networkpolicy deny-all --node node-1 -o json",
    "antctl get networkpolicy --computed -T ACNP --sort-by effectivePriority",
  ],
  args: {
    node: nodeOption,
    computed: computedOption,
    source: text("Only those made of objects of this name", { short: "S", placeholder: "NAME" }),
    namespace: text("Only those of this Namespace", { short: "n", placeholder: "NAMESPACE" }),
    pod: text("Only those that are for this Pod", { short: "p", placeholder: "NAMESPACE/NAME" }),
    type: value("Only those of this kind", oneOf(kinds), { short: "T" }),
    sortBy: value("In the order in which they are asked", oneOf(["effectivePriority"])),
  },
  positionals: {
    policy: text("Only this one: its UID, or its name as in NAMESPACE/NAME", {
      placeholder: "POLICY",
    }),
  },
  async run({ args, positionals, signal, ...context }) {
    const { sortBy, pod, ...wanted } = args;
    const asked = { ...wanted, signal };
    const found = await rowsOf(context, shownPolicies, asked);
    const groups = pod === undefined ? undefined : await groupsOf(context, pod, asked);
    const rows = found.rows.filter(
      (row) =>
        isChosen(row, { ...wanted, ...positionals }) &&
        (!groups || row.appliedTo.some((group) => groups.has(group))),
    );
    return { ...found, rows: sortBy ? rows.toSorted(byPrecedence) : rows };
  },
  ...printRows<ShownPolicy>(
    nodeColumn,
    { title: "NAME", cell: (row) => row.name },
    { title: "SOURCE", cell: (row) => row.source },
    { title: "TIER", cell: (row) => row.tierPriority },
    { title: "PRIORITY", cell: (row) => row.priority },
    { title: "RULES", cell: (row) => row.rules },
    { title: "GENERATION", cell: (row) => row.generation },
    { title: "REALIZED", isOptional: true, cell: (row) => row.realizedGeneration },
    { title: "FAILURE", isOptional: true, cell: (row) => row.failure },
  ),
});

/** The groups that the Pod is in, by whom rules are for. */
async function groupsOf(
  context: Parameters<typeof rowsOf>[0],
  pod: string,
  asked: Parameters<typeof rowsOf>[2],
): Promise<ReadonlySet<string>> {
  const { rows } = await rowsOf(context, shownAppliedToGroups, asked);
  const has = rows.filter(({ members }) => members.some(({ member }) => member === pod));
  return new Set(has.map(({ name }) => name));
}
