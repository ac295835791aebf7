import {
  agentConfigOf,
  formatProblem,
  type NetworkSettings,
  networkSettingsOf,
  parseAgentConfig,
  withOptions,
} from "@antrea/api";
import { agentApi, type NodePlan } from "@antrea/api/local-api";
import { CommandFailure, exitCodes, flag, text, UsageError, value } from "@antrea/command";
import { type AntctlContext, defineCommand, type Wait, type Waiting } from "../context.ts";
import { askAgent, askAgents, failureLines } from "../reach/ask.ts";
import { type AskedOptions, askedOptions, sharedOptions, trafficMode } from "./mode-options.ts";
import {
  isManifestClear,
  type ManifestPlan,
  manifestOf,
  planManifest,
} from "../plan/manifest-plan.ts";
import { manifestLines, policiesText } from "../plan/manifest-text.ts";
import { countText, signs } from "../plan/signs.ts";
import { keptRoutes, keptRoutesLines } from "../routes/kept.ts";
import { nodeOption } from "../reach/rows.ts";

interface PlanRow extends NodePlan {
  readonly node?: string;
}

interface Plan {
  readonly nodes: readonly PlanRow[];
  readonly isWhole: boolean;
  readonly kept: Awaited<ReturnType<typeof keptRoutes>>;
  readonly showsDiff: boolean;
}

/** Of a manifest of policies. */
interface PolicyPlanResult {
  readonly manifest: ManifestPlan;
  readonly isDelete: boolean;
  readonly showsDiff: boolean;
}

/** A Node in the table, whatever is planned. */
interface Row {
  readonly node?: string | undefined;
  readonly paths?: string;
  readonly policies?: string;
  readonly pods?: number;
  readonly flows: string;
  readonly host?: string;
  readonly mtu?: string;
  readonly problems: readonly string[];
}

export const plan = defineCommand({
  name: "plan",
  summary: "Say what a change of the traffic mode or of policies would do, before it is done",
  description:
    "Each agent computes what would follow for its Node with the functions that do it: peers that are sent to another way, flows, the host's routes, rules and MTU, and what would not work. Nothing is changed. " +
    "In an agent's Pod: of that Node. Elsewhere: of all Nodes. Exit code 1 if something would not work.\n\n" +
    "With a manifest of policies, Tiers, groups and Services (whose Pods are behind a group with a serviceReference): what the API server would refuse and why, which Nodes would be told, for which Pods, their flows, and which connections would be newly denied or allowed. From outside only.",
  example: [
    "antctl plan --mode hybrid",
    "antctl plan --mode encap --tunnel-type vxlan --diff",
    "antctl plan -f new-antrea-config.yaml -o json",
    "antctl plan --mode noEncap --watch",
    "antctl plan -f policies.yaml --diff",
    "antctl plan -f policies.yaml --delete",
  ],
  args: {
    mode: value("The mode", trafficMode),
    ...sharedOptions,
    filename: text(
      "antrea-agent.conf as it would be, a ConfigMap that holds it, or a manifest of policies; - for standard input",
      {
        short: "f",
        placeholder: "FILE",
      },
    ),
    node: nodeOption,
    watch: flag("Ask again until nothing is in the way, and say what is"),
    diff: flag("Print every flow and every entry of the host that would change"),
    delete: flag("The objects of the manifest would be deleted"),
    namespace: text("Of objects in the manifest that name none, rather than default", {
      short: "n",
      placeholder: "NAMESPACE",
    }),
  },
  async run({ args, streams, signal, waitsFor, ...context }): Promise<Plan | PolicyPlanResult> {
    const { filename, node } = args;
    const asked = askedOptions(args);
    if (Object.keys(asked).length === 0 && filename === undefined)
      throw new UsageError(
        "Say what would change: --mode, --tunnel-type, --tunnel-port, --mtu, --transport-interface, or -f FILE.",
      );
    const readFile = async (): Promise<string> =>
      filename === "-"
        ? Buffer.from(await streams.readStdin()).toString("utf8")
        : context.readFile(filename ?? "");
    const given = filename === undefined ? undefined : await readFile();
    const manifest = given === undefined ? undefined : manifestOf(given);
    if (manifest) {
      if (Object.keys(asked).length > 0 || args.watch)
        throw new UsageError("A manifest of policies is planned without a mode, and at once.");
      const isDelete = args.delete;
      const wanted = { isDelete, namespace: args.namespace, node, signal };
      const found = await planManifest(context, manifest, wanted);
      return { manifest: found, isDelete, showsDiff: args.diff };
    }
    if (args.delete || args.namespace !== undefined)
      throw new UsageError("--delete and --namespace are of a manifest of policies: -f FILE.");
    const body = await settingsOf(context, asked, {
      text: given,
      file: filename ?? "antrea-agent.conf",
      signal,
    });
    const ask = async (): Promise<Plan> => {
      const { answers, failures } = await askAgents(context, agentApi.plan, { node, signal, body });
      streams.stderr.write(failureLines(failures));
      return {
        nodes: answers.map(({ node: from, value: told }) =>
          from === undefined ? told : { node: from, ...told },
        ),
        kept: await keptRoutes(context, { signal }),
        isWhole: failures.length === 0,
        showsDiff: args.diff,
      };
    };
    return args.watch
      ? untilClear(ask, { ...context, waitsFor, out: streams.stderr }, { signal })
      : ask();
  },
  data: (found): unknown => ("manifest" in found ? found.manifest : found.nodes),
  rows: (found) =>
    "manifest" in found ? found.manifest.nodes.map(policyRow) : found.nodes.map(modeRow),
  columns: [
    { title: "NODE", isOptional: true, cell: (row: Row) => row.node },
    { title: "PATHS", isOptional: true, cell: (row) => row.paths },
    { title: "POLICIES", isOptional: true, cell: (row) => row.policies },
    { title: "PODS", isOptional: true, cell: (row) => row.pods },
    { title: "FLOWS", cell: (row) => row.flows },
    { title: "HOST", isOptional: true, cell: (row) => row.host },
    { title: "POD-MTU", isOptional: true, cell: (row) => row.mtu },
    { title: "PROBLEMS", cell: (row) => row.problems.join("; ") },
  ],
  text: (found) =>
    ("manifest" in found
      ? manifestLines(found.manifest, found)
      : [...diffLines(found), ...closingLines(found)]
    ).join("\n"),
  exitCode(found) {
    const isFine = "manifest" in found ? isManifestClear(found.manifest) : isClear(found);
    return isFine ? exitCodes.ok.code : exitCodes.failed.code;
  },
});

function modeRow(row: PlanRow): Row {
  const { from, to } = row.mtu;
  return {
    node: row.node,
    paths: pathsText(row),
    flows: countText(row.flows.map(({ change }) => signs[change])),
    host: hostText(row.host),
    mtu: from === to ? `${to}` : `${from} -> ${to}`,
    problems: row.problems,
  };
}

function hostText(lines: readonly string[]): string {
  return countText(lines.map((line) => line.slice(0, 1)));
}

function policyRow(node: ManifestPlan["nodes"][number]): Row {
  return {
    node: node.node,
    policies: policiesText(node),
    pods: node.pods.length,
    flows: node.flows ? countText(node.flows.map(({ change }) => signs[change])) : "unknown",
    ...(node.host?.length && { host: hostText(node.host) }),
    problems: node.problems,
  };
}

/** How often agents are asked, in milliseconds. */
const watchMs = 2_000;

/** Asks until nothing is in the way, and tells what is whenever that changes. */
async function untilClear(
  ask: () => Promise<Plan>,
  {
    sleep,
    waitsFor,
    out,
  }: Pick<AntctlContext, "sleep"> &
    Waiting & {
      readonly out: { write(text: string): void };
    },
  { signal }: Wait,
): Promise<Plan> {
  let said = "";
  for (;;) {
    const found = await ask();
    if (isClear(found)) return found;
    const lines = obstacles(found.nodes).map((line) => `${line}\n`);
    const now = lines.join("");
    waitsFor(
      `something is in the way${lines[0] === undefined ? "" : `, first of all${lines[0].trimEnd()}`}`,
    );
    if (now !== said) out.write(`In the way:\n${now}`);
    said = now;
    await sleep(watchMs, { signal });
  }
}

function obstacles(nodes: Plan["nodes"]): readonly string[] {
  return nodes.flatMap(({ node = "this Node", problems }) =>
    problems.map((problem) => `  ${node}: ${problem}`),
  );
}

function isClear({ nodes, isWhole }: Plan): boolean {
  return isWhole && nodes.every(({ problems }) => problems.length === 0);
}

/** The settings that would be in force: those of the file, or those of today with the options. */
async function settingsOf(
  context: AntctlContext,
  options: AskedOptions,
  {
    text: given,
    file,
    signal,
  }: Wait & { readonly text: string | undefined; readonly file: string },
): Promise<NetworkSettings> {
  if (given === undefined && context.place === "agent") {
    const [change] = await askAgent(context, agentApi.modeChange, { signal });
    if (change) return { ...change.spec.to, ...options };
    throw new CommandFailure(
      "This agent does not know yet what the cluster follows; give the configuration with -f.",
    );
  }
  const before =
    given === undefined
      ? await (await context.cluster()).agentConfig({ signal })
      : agentConfigOf(given);
  const parsed = parseAgentConfig(withOptions(before, options), file, {
    allowNoEncapWithoutAntreaProxy: true,
  });
  if (parsed.kind === "accepted") return networkSettingsOf(parsed.config);
  throw new CommandFailure(
    `This configuration would be refused:\n${parsed.problems.map(formatProblem).join("\n")}`,
  );
}

/** "3 geneve:6081 -> direct": how many peers take which other way. */
function pathsText({ paths }: NodePlan): string {
  const ways = Map.groupBy(paths, ({ from, to }) => `${from} -> ${to}`);
  return [...ways].map(([way, of]) => `${of.length} ${way}`).join(", ") || "the same";
}

function diffLines({ nodes, showsDiff }: Plan): readonly string[] {
  if (!showsDiff) return [];
  return nodes.flatMap(({ node, flows, host }) => [
    `--- ${node ?? "this Node"}`,
    ...flows.map(({ change, flow }) => `${signs[change]} ${flow}`),
    ...host,
    "",
  ]);
}

function closingLines({ nodes, kept }: Plan): readonly string[] {
  const [first] = nodes;
  if (!first) return ["No agent answered."];
  const isSame = nodes.every(
    ({ paths, flows, host, mtu }) =>
      paths.length + flows.length + host.length === 0 && mtu.from === mtu.to,
  );
  const { from, to } = first;
  if (isSame && from !== to && obstacles(nodes).length > 0)
    return [
      `From ${from} to ${to}: the change would stop before its first step, for the problems above.`,
    ];
  if (isSame) return [`From ${from} to ${to}: nothing would change.`];
  return [
    `From ${from} to ${to}, in this order: every Node takes both forms (and has the smaller MTU); each sends the new one to those that take it; the old one ends (and the larger MTU follows). No packet is lost in between.`,
    ...routeLines(nodes, kept),
    "Nothing has been changed. To do it: antctl set-mode.",
  ];
}

/** Where un-encapsulated packets would cross a router: what that one must know. */
function routeLines(nodes: Plan["nodes"], kept: Plan["kept"]): readonly string[] {
  const routed = new Set(
    nodes.flatMap(({ paths }) => paths.filter(({ to }) => to === "routed").map(({ node }) => node)),
  );
  if (routed.size === 0) return [];
  const names = [...routed].sort();
  const more = names.length - 5;
  return [
    `The network between must have routes to the Pods of ${names.slice(0, 5).join(", ")}${more > 0 ? ` and ${more} more` : ""}; after --mode auto, antctl get paths says which ways are proven.`,
    ...keptRoutesLines(kept),
  ];
}
