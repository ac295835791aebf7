import { isDeepStrictEqual } from "node:util";
import { type NetworkSettings, settingsText } from "@antrea/api";
import type { NodePlan } from "@antrea/api/local-api";
import { diffKeyed, errorText, type KeyedChange } from "@antrea/base";
import { type HostEntries, type HostState, hostState } from "@antrea/linux";
import { type Flow, flowKey, sameFlow } from "@antrea/openflow/flow";
import { compileNode, type DirectVerdict } from "@antrea/pipeline";
import { ownStance, type Stance } from "@antrea/pipeline/mode";
import type { TunnelPorts } from "../bridge/desired-bridge.ts";
import { networkAfter } from "../bridge/open-bridge.ts";
import { compileHost, hostPlanOf, hostRoutedPodCidrs } from "../host/desired-host.ts";
import { hostKinds } from "../host/host-changes.ts";
import type { NodeNow } from "../node/node-now.ts";
import { nodeAs, type ThisNode } from "../node/this-node.ts";
import type { DesiredPeer } from "../routes/desired-peer.ts";
import type { PeerPlan } from "../routes/peers.ts";
import { flowRows } from "./flow-rows.ts";

/** A peer as it is reached with some settings, and all that follows. */
export interface PeerPreview extends DesiredPeer {
  readonly plan: PeerPlan;
}

export interface ChangePlanInput {
  readonly now: NodeNow;
  readonly settings: NetworkSettings;
  /** The link that these settings choose; throws a sentence where there is none. */
  readonly links: (node: ThisNode) => ThisNode["links"];
  /** Which ports of tunnels there are. */
  readonly tunnelPorts: TunnelPorts;
  /** Every peer as it would be, were all Nodes as in these terms. */
  readonly preview: (
    then: Pick<NodeNow, "node" | "network" | "hostPlan">,
  ) => readonly PeerPreview[];
  /** What probes find of a Node's direct path; undefined where it is not measured now. */
  readonly direct: (name: string) => DirectVerdict | undefined;
}

/**
 * What a change of the shared settings would do on this Node once it is over: the functions that do it,
 * without the doing. The ports of tunnels get the numbers that are asked for, which Open vSwitch gives.
 */
export function planChange(input: ChangePlanInput): NodePlan {
  const { now, settings, tunnelPorts, preview, direct } = input;
  const before = preview(now);
  const { node } = now;
  const [left] = node.stance.preferred;
  const common = { from: settingsText(left), to: settingsText(settings) };
  const stance: Stance = { ...ownStance(settings), change: node.stance.change };
  let then: Pick<NodeNow, "node" | "network" | "hostPlan">;
  try {
    const next = nodeAs(node, stance, input.links(node));
    const network = networkAfter(now.network, next, {
      left: node.stance.accepted,
      existing: tunnelPorts,
    });
    then = { node: next, network, hostPlan: hostPlanOf(next, network) };
  } catch (error) {
    const { link } = node.mtu;
    const nothing = { mtu: { from: link, to: link }, paths: [], flows: [], host: [] };
    return { ...common, ...nothing, problems: [errorText(error)] };
  }
  const after = preview(then);
  return {
    ...common,
    mtu: { from: node.mtu.link, to: then.node.mtu.link },
    paths: pathChanges(before, after),
    flows: flowChanges(flowsOf(now, before), flowsOf(then, after)),
    host: hostChanges(hostOf(now, before), hostOf(then, after)),
    problems: [...problemsOf(then.node, after), ...unproven(after, direct)],
  };
}

function flowsOf(
  { network }: Pick<NodeNow, "network">,
  peers: readonly PeerPreview[],
): ReadonlyMap<string, Flow> {
  const all = [...compileNode(network), ...peers.flatMap(({ flows }) => flows)];
  return new Map(all.map((flow) => [flowKey(flow), flow]));
}

function hostOf({ hostPlan }: Pick<NodeNow, "hostPlan">, peers: readonly PeerPreview[]): HostState {
  const routed = hostRoutedPodCidrs(
    peers.map(({ plan }) => plan),
    hostPlan,
  );
  const all: readonly HostEntries[] = [
    compileHost(hostPlan, routed),
    ...peers.map(({ host }) => host),
  ];
  return hostState({
    links: all.flatMap(({ links = [] }) => [...links]),
    addresses: all.flatMap(({ addresses = [] }) => [...addresses]),
    routes: all.flatMap(({ routes = [] }) => [...routes]),
    neighbours: all.flatMap(({ neighbours = [] }) => [...neighbours]),
    sysctls: Object.assign({}, ...all.map(({ sysctls = {} }) => sysctls)) as Record<string, string>,
    nftTables: all.flatMap(({ nftTables = [] }) => [...nftTables]),
  });
}

function pathChanges(
  before: readonly PeerPreview[],
  after: readonly PeerPreview[],
): NodePlan["paths"] {
  const former = new Map(before.map(({ plan }) => [plan.identity.name, plan]));
  return after.flatMap(({ plan }) => {
    const from = former.get(plan.identity.name)?.form ?? "none";
    const to = plan.form ?? "none";
    return from === to ? [] : [{ node: plan.identity.name, from, to, reason: plan.path.reason }];
  });
}

function flowChanges(
  before: ReadonlyMap<string, Flow>,
  after: ReadonlyMap<string, Flow>,
): NodePlan["flows"] {
  const equal = (a: Flow, b: Flow): boolean => a.cookie === b.cookie && sameFlow(a, b);
  return flowRows(diffKeyed(before, after, equal));
}

function hostChanges(before: HostState, after: HostState): NodePlan["host"] {
  return (Object.keys(hostKinds) as (keyof HostState)[]).flatMap((part) => {
    const change: KeyedChange<string, unknown> = diffKeyed<string, unknown>(
      before[part],
      after[part],
      isDeepStrictEqual,
    );
    const line = (sign: string, key: string): string => `${sign} ${hostKinds[part]} ${key}`;
    return [
      ...change.add.map(({ key }) => line("+", key)),
      ...change.modify.map(({ key }) => line("~", key)),
      ...change.remove.map(({ key }) => line("-", key)),
    ];
  });
}

/** Nodes that would be sent to without a tunnel, over a network that swallows the probes of that path. */
function unproven(
  peers: readonly PeerPreview[],
  direct: ChangePlanInput["direct"],
): readonly string[] {
  return peers.flatMap(({ plan: { path, identity } }) => {
    const verdict = path.kind === "direct" ? direct(identity.name) : undefined;
    if (!verdict || verdict.isProven) return [];
    return [
      `${identity.name} would be reached without a tunnel, and the way there is not proven: ${verdict.reason}`,
    ];
  });
}

/** What would not work afterwards, as far as this Node knows. */
function problemsOf(node: NodeNow["node"], peers: readonly PeerPreview[]): readonly string[] {
  const { config, hasTunnel, transport, mtu } = node;
  const tunnelled = peers.filter(({ plan }) => plan.path.kind === "tunnel");
  const why = config.userspaceTSO ? "userspaceTSO" : "uplinkPath: kernel";
  return [
    ...(tunnelled.length > 0 && !hasTunnel
      ? [
          `${why} of this Node cannot carry tunnels, and ${tunnelled.length} Nodes would be reached by one`,
        ]
      : []),
    ...(mtu.link > transport.mtu
      ? [
          `Pods would have an MTU of ${mtu.link} bytes, and ${transport.device} has ${transport.mtu}`,
        ]
      : []),
    ...peers.flatMap(({ plan }) =>
      plan.path.kind === "none"
        ? [`${plan.identity.name} is not reached: ${plan.path.reason}`]
        : [],
    ),
  ];
}
