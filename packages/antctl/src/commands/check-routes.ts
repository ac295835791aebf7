import { agentApi, type NeededRoute, type NodePath } from "@antrea/api/local-api";
import { exitCodes, oneOf, text, value } from "@antrea/command";
import { type AntctlContext, type ClusterNode, defineCommand, type Wait } from "../context.ts";
import { askAgents, type Answers, failureLines } from "../reach/ask.ts";
import { nodeOption } from "../reach/rows.ts";
import { keptRoutes, keptRoutesLines } from "../routes/kept.ts";
import { mendLines, providers } from "../routes/mend.ts";
import { type MissingRoute, missingRoutes, type RoutesSeen } from "../routes/missing.ts";

interface RouteRow extends NeededRoute {
  readonly from?: string;
}

interface Findings {
  readonly routes: readonly RouteRow[];
  readonly missingOnFabric: readonly MissingRoute[];
  readonly mend: readonly string[];
  /** What the controller would do, or cannot. */
  readonly kept: Awaited<ReturnType<typeof keptRoutes>>;
  readonly isWhole: boolean;
}

export const checkRoutes = defineCommand({
  name: "check routes",
  summary: "Say which routes to Pods are missing, and print the lines that mend it",
  description:
    "Un-encapsulated traffic to another subnet needs a route for each Node's Pod CIDR in the network between (a cloud's route table, a router). " +
    "Each agent sends packets to the gateways of its peers; where none come back, a route is missing. Exit code 1 if one is.",
  example: [
    "antctl check routes",
    "antctl check routes --provider aws --route-table rtb-0123456789",
  ],
  args: {
    node: nodeOption,
    provider: value("Print lines for this provider only, whatever the Nodes say", oneOf(providers)),
    routeTable: text("AWS: the route table's name", { placeholder: "ID" }),
    network: text("Google Cloud: the network's name (default: default)", { placeholder: "NAME" }),
  },
  async run({ args, streams, signal, ...context }): Promise<Findings> {
    const routes = await askAgents(context, agentApi.routes, { node: args.node, signal });
    const nodes = await askAgents(context, agentApi.nodes, { node: args.node, signal });
    streams.stderr.write(failureLines(routes.failures));
    const seen = joinSeen(routes, nodes, await machinesOf(context, { signal }));
    const missing = missingRoutes(seen);
    return {
      routes: routes.answers.flatMap(({ node, value }) =>
        value.map((route): RouteRow => (node === undefined ? route : { from: node, ...route })),
      ),
      missingOnFabric: missing,
      mend: mendLines(missing, args, args.provider),
      kept: await keptRoutes({ ...context }, { signal }),
      isWhole: routes.failures.length === 0,
    };
  },
  data: ({ routes, missingOnFabric, mend, kept }) => ({
    ...{ routes, missingOnFabric, mend },
    ...(kept ? { kept } : {}),
  }),
  rows: ({ routes }) => routes,
  columns: [
    { title: "FROM", isOptional: true, cell: (row: RouteRow) => row.from },
    { title: "TO", cell: (row) => row.node },
    { title: "POD-CIDR", cell: (row) => row.podCIDR },
    { title: "KEPT-BY", cell: (row) => row.keeper },
    { title: "STATE", cell: (row) => row.state },
    { title: "REASON", cell: (row) => row.reason },
  ],
  text: ({ routes, missingOnFabric, mend, kept }) => {
    const own = routes.filter(({ keeper, state }) => keeper === "node" && state === "missing");
    const ownText =
      own.length === 0
        ? []
        : [`${own.length} routes are missing that agents keep: see their REASON.`];
    if (missingOnFabric.length === 0) {
      const none = own.length === 0 ? ["No route is missing."] : [];
      return [...ownText, ...keptRoutesLines(kept), ...none].join("\n");
    }
    const list = missingOnFabric.map(({ node, podCIDR }) => `${podCIDR} (${node})`).join(", ");
    return [
      ...ownText,
      ...keptRoutesLines(kept),
      `The network between the Nodes lacks routes for ${list}. To add them:`,
      ...mend,
    ].join("\n");
  },
  exitCode: ({ routes, isWhole }) =>
    isWhole && routes.every(({ state }) => state !== "missing")
      ? exitCodes.ok.code
      : exitCodes.failed.code,
});

/** What each Node found, with what its own line in the list of Nodes says of it. */
function joinSeen(
  routes: Answers<readonly NeededRoute[]>,
  nodes: Answers<readonly NodePath[]>,
  machines: ReadonlyMap<string, ClusterNode>,
): readonly RoutesSeen[] {
  return routes.answers.map(({ node, value }) => {
    const listed = nodes.answers.find((answer) => answer.node === node)?.value ?? [];
    const own = listed.find(({ path }) => path.kind === "local");
    const name = own?.name ?? node ?? "this Node";
    return {
      observer: {
        name,
        podCIDRs: own?.podCIDRs ?? [],
        transportIP: own?.transportIP,
        providerID: own?.providerID ?? machines.get(name)?.providerID,
      },
      routes: value.map((route): NeededRoute => {
        const providerID = route.providerID ?? machines.get(route.node)?.providerID;
        return providerID === undefined ? route : { ...route, providerID };
      }),
    };
  });
}

/** What the cloud calls each Node; unknown inside an agent's Pod, unless the agent says it. */
async function machinesOf(
  context: AntctlContext,
  options: Wait,
): Promise<ReadonlyMap<string, ClusterNode>> {
  if (context.place === "agent") return new Map();
  const nodes = await (await context.cluster()).nodes(options);
  return new Map(nodes.map((node) => [node.name, node]));
}
