import { agentApi, type OvsFlows } from "@antrea/api/local-api";
import { flag, formatTable, text, UsageError } from "@antrea/command";
import { defineCommand } from "../context.ts";
import { type Answer, askAgents, failureLines } from "../reach/ask.ts";
import { nodeOption } from "../reach/rows.ts";

/** What is printed: one of the four lists of each answer, with its Node where there are several. */
interface Printed {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly text: string;
  readonly isWhole: boolean;
}

export const getOvsFlows = defineCommand({
  name: "get ovsflows",
  aliases: ["get of"],
  summary: "Print OpenFlow entries with the object that asked for each",
  description: "Of this Node in an agent's Pod; elsewhere of one Node, or of all.",
  example: [
    "antctl get ovsflows --table L3Forwarding",
    "antctl get ovsflows --pod shop/cart-0",
    "antctl get ovsflows --count  # how many, by table and by feature",
    "antctl get ovsflows --groups all",
  ],
  args: {
    pod: text("Only flows that this Pod asked for", { short: "p", placeholder: "[NAMESPACE/]POD" }),
    namespace: text("Namespace of the Pod", {
      short: "n",
      default: "default",
      placeholder: "NAMESPACE",
    }),
    table: text("Only these tables: names or numbers, with commas between", {
      short: "T",
      placeholder: "TABLES",
    }),
    feature: text("Only flows of these features, with commas between", { placeholder: "FEATURES" }),
    groups: text('OpenFlow groups instead: their numbers with commas between, or "all"', {
      short: "G",
      placeholder: "GROUPS",
    }),
    count: flag("Only how many flows there are, by table and by feature"),
    tableNamesOnly: flag("Only the tables' names"),
    node: nodeOption,
  },
  async run({ args, streams, signal, ...context }): Promise<Printed> {
    const choices = [args.groups !== undefined, args.count, args.tableNamesOnly];
    if (choices.filter(Boolean).length > 1) {
      throw new UsageError("Only one of --groups, --count and --table-names-only can be given.");
    }
    const countsOnly = choices.some(Boolean);
    const { answers, failures } = await askAgents(context, agentApi.ovsFlows, {
      node: args.node,
      signal,
      query: {
        ...(args.pod ? { pod: podKey(args.pod, args.namespace) } : {}),
        ...(args.table ? { table: args.table } : {}),
        ...(args.feature ? { feature: args.feature } : {}),
        ...(args.groups ? { groups: true } : {}),
        ...(countsOnly ? { countsOnly: true } : {}),
      },
    });
    streams.stderr.write(failureLines(failures));
    const isWhole = failures.length === 0;
    if (args.groups !== undefined) return { isWhole, ...groupList(answers, args.groups) };
    if (args.tableNamesOnly) return { isWhole, ...tableNames(answers) };
    return { isWhole, ...(args.count ? counts(answers) : flowList(answers)) };
  },
  data: ({ rows }) => rows,
  text: ({ text }) => text.trimEnd(),
  exitCode: ({ isWhole }) => (isWhole ? 0 : 1),
});

type Answers = readonly Answer<OvsFlows>[];
type Listing = Omit<Printed, "isWhole">;

function podKey(pod: string, namespace: string): string {
  return pod.includes("/") ? pod : `${namespace}/${pod}`;
}

function flowList(answers: Answers): Listing {
  const rows = withNode(answers, ({ flows }) => flows);
  const text = formatTable(
    [
      { title: "NODE", isOptional: true, cell: (row) => row.node },
      { title: "TABLE", cell: (row) => row.table },
      { title: "PRIORITY", cell: (row) => row.priority },
      { title: "PACKETS", cell: (row) => row.packets },
      { title: "OWNER", cell: (row) => row.owner ?? row.feature },
      { title: "FLOW", cell: (row) => row.flow },
    ],
    rows,
  );
  return { rows, text };
}

function groupList(answers: Answers, wanted: string): Listing {
  const ids = wanted === "all" ? undefined : wanted.split(",").map((id) => id.trim());
  const isWanted = (group: string) =>
    !ids || ids.includes(/\bgroup_id=(\d+)/.exec(group)?.[1] ?? "");
  const rows = withNode(answers, ({ groups }) => groups.filter(({ group }) => isWanted(group)));
  const text = formatTable(
    [
      { title: "NODE", isOptional: true, cell: (row) => row.node },
      { title: "GROUP", cell: (row) => row.group },
    ],
    rows,
  );
  return { rows, text };
}

function tableNames(answers: Answers): Listing {
  const names = new Set(answers.flatMap(({ value }) => value.tables.map(({ name }) => name)));
  const rows = [...names].map((table) => ({ table }));
  return { rows, text: formatTable([{ title: "TABLE", cell: (row) => row.table }], rows) };
}

/** By table, then by feature, then the sum: the guide's question "are there more than 10000 flows?" */
function counts(answers: Answers): Listing {
  const rows = withNode(answers, ({ tables, features }) => [
    ...tables.map(({ name, flows }) => ({ by: "table", name, flows })),
    ...features.map(({ name, flows }) => ({ by: "feature", name, flows })),
    { by: "sum", name: "all flows", flows: tables.reduce((sum, { flows }) => sum + flows, 0) },
  ]);
  const text = formatTable(
    [
      { title: "NODE", isOptional: true, cell: (row) => row.node },
      { title: "BY", cell: (row) => row.by },
      { title: "NAME", cell: (row) => row.name },
      { title: "FLOWS", cell: (row) => row.flows },
    ],
    rows,
  );
  return { rows, text };
}

function withNode<R extends object>(
  answers: Answers,
  rowsOf: (value: OvsFlows) => readonly R[],
): readonly (R & { readonly node?: string })[] {
  return answers.flatMap(({ node, value }) =>
    rowsOf(value).map((row) => (node === undefined ? row : { node, ...row })),
  );
}
