import type { AgentInfo } from "@antrea/api";
import type { NeededRoute, NodePath } from "@antrea/api/local-api";
import type { ComparedMode } from "./modes.ts";

/** What agents say of the network in one mode. */
export interface ModeNetwork {
  /** Pairs of Nodes, each counted from both ends, by how the first reaches the second. */
  readonly paths: {
    /** Without a tunnel, as neighbours. */
    readonly onLink: number;
    /** Without a tunnel, by routes of the network between. */
    readonly routed: number;
    readonly tunnel: number;
    readonly none: number;
  };
  /** Bytes of a packet of Pods, the least of all Nodes. */
  readonly podMtu: number | undefined;
  /** The same of the interface to other Nodes. */
  readonly transportMtu: number | undefined;
  /** Pod CIDRs that the network between the Nodes has to route. */
  readonly routesOfNetwork: readonly string[];
  /** In words of agents: why Pods of a Node cannot be reached. */
  readonly missing: readonly string[];
}

/** What is known of the network, by the mode in which it was asked. */
export type NetworkSeen = Readonly<Partial<Record<ComparedMode, ModeNetwork>>>;

/** What one agent answers: `antctl get nodes`, `check routes` and `get agentinfo`. */
export interface AgentAnswers {
  readonly nodes: readonly NodePath[];
  readonly routes: readonly NeededRoute[];
  readonly info: Pick<AgentInfo, "networkInfo">;
}

export function networkOf(answers: readonly AgentAnswers[]): ModeNetwork {
  const paths = answers.flatMap(({ nodes }) => nodes.map(({ path }) => path));
  const count = (isMeant: (path: NodePath["path"]) => boolean) => paths.filter(isMeant).length;
  const routes = answers.flatMap((one) => one.routes);
  const least = (values: readonly (number | undefined)[]) => {
    const known = values.filter((value) => value !== undefined);
    return known.length > 0 ? Math.min(...known) : undefined;
  };
  return {
    paths: {
      onLink: count((path) => path.kind === "direct" && path.onLink),
      routed: count((path) => path.kind === "direct" && !path.onLink),
      tunnel: count(({ kind }) => kind === "tunnel"),
      none: count(({ kind }) => kind === "none"),
    },
    podMtu: least(answers.map(({ info }) => info.networkInfo?.podMTU)),
    transportMtu: least(answers.map(({ info }) => info.networkInfo?.transportInterfaceMTU)),
    routesOfNetwork: unique(
      routes.filter(({ keeper }) => keeper === "fabric").map(({ podCIDR }) => podCIDR),
    ),
    missing: unique(
      routes
        .filter(({ state }) => state === "missing")
        .map(({ node, reason }) => `${node}: ${reason}`),
    ),
  };
}

function unique(list: readonly string[]): readonly string[] {
  return [...new Set(list)].toSorted();
}

/** In noEncap it shows which Nodes are neighbours; without it, hybrid tells the same. Undefined if neither was asked. */
export function subnetsOf(
  network: NetworkSeen,
): { readonly neighbours: number; readonly apart: number } | undefined {
  const paths = (network.noEncap ?? network.hybrid)?.paths;
  return paths && { neighbours: paths.onLink, apart: paths.routed + paths.tunnel + paths.none };
}
