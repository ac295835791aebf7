import type { AgentInfo } from "@antrea/api";
import { openVSwitchTable } from "@antrea/ovsdb";
import type { OvsdbClient } from "@antrea/ovsdb/io";
import { tableNames } from "@antrea/pipeline";
import type { SwitchLink } from "../bridge/switch-link.ts";
import type { AgentEnvironment } from "../node/io/environment.ts";
import type { NodeNow } from "../node/node-now.ts";
import type { PolicyShareCounts } from "../policy/policy-room.ts";
import type { PeerStatus } from "../routes/reconciler.ts";
import { agentInfo } from "./agent-info.ts";
import type { Condition } from "./conditions.ts";
import { datapathLimits } from "./datapath-limits.ts";

export interface GatherDeps {
  readonly environment: AgentEnvironment;
  readonly now: () => NodeNow;
  readonly ovsdb: OvsdbClient;
  readonly session: SwitchLink;
  readonly conditions: () => readonly Condition[];
  readonly podCount: () => number;
  readonly policyCounts: () => PolicyShareCounts;
  readonly peers: () => Iterable<PeerStatus>;
  /** Whom clients of the API have to trust, in PEM; undefined until it is served. */
  readonly apiAuthorities: () => string | undefined;
}

/** Reads everything that the status tells, at the moment of the call. */
export function gatherInfo(deps: GatherDeps): (signal: AbortSignal) => Promise<AgentInfo> {
  const { environment, now, ovsdb, session } = deps;
  return async (signal) => {
    const { node, network } = now();
    return agentInfo({
      config: node.config,
      nodeName: environment.nodeName,
      podName: environment.podName,
      podNamespace: environment.podNamespace,
      podCidrs: network.podCidrs,
      ovsVersion: ovsdb.replica.findOnly(openVSwitchTable)?.ovs_version,
      datapathType: node.datapathType,
      datapathLimits: datapathLimits({ ...node, podCidrs: network.podCidrs }),
      flowCounts: await countFlows(session, signal),
      podCount: deps.podCount(),
      policyCounts: deps.policyCounts(),
      transport: node.transport,
      gatewayAddresses: network.gateway.addresses.map(({ address }) => address),
      podMtu: node.mtu.link,
      hasTunnel: node.hasTunnel,
      isUplinkShared: node.isUplinkShared,
      peers: deps.peers(),
      apiAuthorities: deps.apiAuthorities(),
      conditions: deps.conditions(),
    });
  };
}

/** Of each table that has flows; undefined where the switch does not answer at once. */
async function countFlows(
  session: SwitchLink,
  signal: AbortSignal,
): Promise<Record<string, number> | undefined> {
  if (!session.isConnected) return undefined;
  const soon = AbortSignal.any([signal, AbortSignal.timeout(2_000)]);
  try {
    const counts = await (await session.connection({ signal: soon })).countFlows({ signal: soon });
    return Object.fromEntries(
      [...counts].map(([table, count]) => [tableNames.get(table) ?? String(table), count]),
    );
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
