import type { AgentInfo } from "@antrea/api";
import type { Clock } from "@antrea/base";
import { openVSwitchTable } from "@antrea/ovsdb";
import type { OvsdbClient } from "@antrea/ovsdb/io";
import { type NodeNetwork, tableNames } from "@antrea/pipeline";
import type { SwitchLink } from "../bridge/switch-link.ts";
import type { AgentEnvironment } from "../node/io/environment.ts";
import type { ThisNode } from "../node/this-node.ts";
import type { PeerStatus } from "../routes/reconciler.ts";
import { agentInfo } from "./agent-info.ts";

export interface GatherDeps {
  readonly environment: AgentEnvironment;
  readonly node: ThisNode;
  readonly network: NodeNetwork;
  readonly ovsdb: OvsdbClient;
  readonly session: SwitchLink;
  readonly isApiConnected: () => boolean;
  readonly podCount: () => number;
  readonly peers: () => Iterable<PeerStatus>;
  readonly clock: Clock;
}

/** Reads everything that the status tells, at the moment of the call. */
export function gatherInfo(deps: GatherDeps): (signal: AbortSignal) => Promise<AgentInfo> {
  const { environment, node, network, ovsdb, session, clock } = deps;
  return async (signal) =>
    agentInfo({
      config: node.config,
      nodeName: environment.nodeName,
      podName: environment.podName,
      podNamespace: environment.podNamespace,
      podCidrs: network.podCidrs,
      ovsVersion: ovsdb.replica.findOnly(openVSwitchTable)?.ovs_version,
      datapathType: node.datapathType,
      flowCounts: session.isConnected ? await countFlows(session, signal) : {},
      podCount: deps.podCount(),
      transport: node.transport,
      gatewayAddresses: network.gateway.addresses.map(({ address }) => address),
      podMtu: node.mtu,
      hasTunnel: node.hasTunnel,
      isUplinkShared: node.isUplinkShared,
      peers: deps.peers(),
      isOvsdbConnected: ovsdb.isConnected,
      isSwitchConnected: session.isConnected,
      isApiConnected: deps.isApiConnected(),
      inactiveOptions: environment.notActive.map(({ key }) => key),
      wallTime: clock.wallTime(),
    });
}

async function countFlows(
  session: SwitchLink,
  signal: AbortSignal,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { table } of await session.dumpFlows({ signal })) {
    const name = tableNames.get(table) ?? String(table);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
