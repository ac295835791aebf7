import type { NetworkSettings, NetworkState } from "@antrea/api";
import type { NodePlan } from "@antrea/api/local-api";
import type { HostNetwork, ObservedHost } from "@antrea/linux";
import type { Replica } from "@antrea/ovsdb";
import { tunnelPortsOf } from "../bridge/bridge-setup.ts";
import { discoverLinks } from "../node/discovery.ts";
import type { NodeNow } from "../node/node-now.ts";
import type { PathRoom } from "../paths/path-room.ts";
import type { PeerStatus } from "../routes/reconciler.ts";
import { type ChangePlanInput, planChange } from "./plan-change.ts";
import { tunnelProbes, unreachedText } from "./tunnel-probe.ts";

export interface NodePlanDeps {
  readonly now: () => NodeNow;
  readonly peers: () => Iterable<PeerStatus>;
  readonly preview: ChangePlanInput["preview"];
  readonly replica: Replica;
  readonly observeHost: () => Promise<ObservedHost>;
  readonly paths: Pick<PathRoom, "measured" | "verdict">;
  /** What another Node says of itself. */
  readonly stateOf: (name: string) => NetworkState | undefined;
  readonly refusedPackets: HostNetwork["refusedPackets"];
}

/** What `planChange` computes, and what probes of tunnels that would be new find out. */
export async function planNode(
  { now, peers, preview, replica, observeHost, paths, stateOf, refusedPackets }: NodePlanDeps,
  settings: NetworkSettings,
  { signal }: { readonly signal: AbortSignal },
): Promise<NodePlan> {
  const host = await observeHost();
  const plan = planChange({
    now: now(),
    settings,
    links: (node) => discoverLinks(host, node.view, [settings]),
    tunnelPorts: tunnelPortsOf(replica),
    preview,
    direct: (name) => (paths.measured(name) ? paths.verdict(name) : undefined),
  });
  const probes = tunnelProbes({
    ...{ settings, paths: plan.paths, local: now().node.identity },
    peers: [...peers()].map(({ plan: { identity } }) => identity),
    accepts: (name) => stateOf(name)?.accepts ?? [],
  });
  const reached = await refusedPackets(probes, { signal });
  const lost = unreachedText(probes.filter((probe) => !reached.has(probe)));
  return { ...plan, problems: [...plan.problems, ...lost] };
}
