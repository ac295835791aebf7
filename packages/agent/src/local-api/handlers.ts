import { type AgentInfo, featureGateRows, type ModeChange, PRODUCT_VERSION } from "@antrea/api";
import { type AgentApi, type Handlers, refuse } from "@antrea/api/local-api";
import type { ChangeLog, LogLevel, Realizer } from "@antrea/base";
import { type Flow, flowKey } from "@antrea/openflow/flow";
import { portTable } from "@antrea/ovsdb";
import type { Unixctl } from "@antrea/ovsdb/io";
import { mtuTo, tableNames, tables } from "@antrea/pipeline";
import type { SwitchLink } from "../bridge/switch-link.ts";
import type { ConnectionEnder } from "../connections/connection-ender.ts";
import type { PathHistory } from "../paths/path-history.ts";
import { type NodePlanDeps, planNode } from "../plan/plan-node.ts";
import { planPolicies } from "../plan/plan-policies.ts";
import { localPodOf } from "../policy/pod-policies.ts";
import type { PolicyRoom } from "../policy/policy-room.ts";
import type { PodInterface } from "../pods/interface-store.ts";
import { measures } from "../paths/measures.ts";
import { countBy, flowRow, isWanted } from "./bridge-flows.ts";
import { neededRoutes } from "./needed-routes.ts";
import { nodePaths, pathRows } from "./path-rows.ts";
import { portNames, tracePacket } from "./trace-packet.ts";
import { ruleOwners } from "./rule-owners.ts";
import { changeRows } from "./change-rows.ts";
import { endConnections } from "./ended-connections.ts";
import { flowStats } from "./flow-stats.ts";
import { groupRows, policyRows } from "./policy-rows.ts";
import type { Prober } from "./probe.ts";

/** What the local API reads; everything is asked at the moment of the request. */
export interface LocalApiDeps extends NodePlanDeps {
  readonly modeChanges: () => Iterable<ModeChange>;
  readonly log: { level: LogLevel };
  readonly info: (signal: AbortSignal) => Promise<AgentInfo>;
  readonly pods: () => readonly PodInterface[];
  readonly session: SwitchLink;
  readonly flows: Realizer<Flow>;
  readonly control: Unixctl;
  readonly prober: Prober;
  readonly changes: ChangeLog;
  readonly policies: Pick<PolicyRoom, "state" | "realizations" | "preview">;
  readonly ender: ConnectionEnder;
  readonly paths: NodePlanDeps["paths"] & Pick<PathHistory, "sinceOf">;
}

/** Answers what antctl asks of this Node. */
export function agentHandlers(deps: LocalApiDeps): Handlers<AgentApi> {
  const { now, log, peers, pods, session } = deps;
  return {
    version: () => ({ component: "antrea-agent", version: PRODUCT_VERSION }),
    featureGates: () => featureGateRows("agent", now().node.config.featureGates),
    logLevel: () => ({ level: log.level }),
    setLogLevel: ({ body }) => {
      log.level = body.level;
      return { level: log.level };
    },
    agentInfo: ({ signal }) => deps.info(signal),
    modeChange: () => [...deps.modeChanges()],
    nodes: () => nodePaths(deps),
    paths: () => pathRows(deps),
    podInterfaces: ({ query }) =>
      pods()
        .filter(
          (pod) =>
            (query.name === undefined || pod.podName === query.name) &&
            (query.namespace === undefined || pod.podNamespace === query.namespace),
        )
        .map((pod) => ({
          podName: pod.podName,
          podNamespace: pod.podNamespace,
          interfaceName: pod.hostName,
          ips: pod.addresses,
          mac: pod.mac,
          portUUID: deps.replica.findBy(portTable, "name", pod.hostName)?.uuid ?? "",
          ofPort: pod.ofPort ?? 0,
          containerID: pod.containerId,
        })),
    networkPolicies: () => policyRows(deps.policies.realizations.all()),
    addressGroups: () => groupRows(deps.policies.state.share(), "addressGroups"),
    appliedToGroups: () => groupRows(deps.policies.state.share(), "appliedToGroups"),
    ovsFlows: async ({ query, signal }) => {
      const counted = await (await session.connection({ signal })).dumpCounted({ signal });
      const rows = counted.map((one) => flowRow(one, deps.flows));
      const wanted = rows.filter((row) => isWanted(row, query));
      return {
        flows: query.countsOnly ? [] : wanted,
        groups: query.groups
          ? (await (await session.connection({ signal })).dumpGroups({ signal })).map((group) => ({
              group,
            }))
          : [],
        tables: [...tableNames].map(([id, name]) => ({
          id,
          name,
          flows: wanted.filter((row) => row.table === name).length,
        })),
        features: countBy(wanted.map(({ feature }) => feature ?? "unknown")),
      };
    },
    ruleFlows: async ({ query, signal }) => {
      const isMeant = ruleOwners(deps.policies.state, query);
      const counted = await (await session.connection({ signal })).dumpCounted({ signal });
      return counted
        .filter(({ flow }) => [...deps.flows.ownersOf(flowKey(flow))].some(isMeant))
        .map((one) => flowRow(one, deps.flows));
    },
    flowStats: async ({ signal }) => {
      const counted = await (await session.connection({ signal })).dumpCounted({ signal });
      return flowStats(
        counted.map(({ flow }) => flow),
        {
          ...deps,
          network: now().network,
          measures: now().node.stance.accepted.some((one) =>
            measures(one.trafficEncapMode, now().node),
          ),
        },
      );
    },
    endConnections: ({ body, signal }) =>
      endConnections(body, { ender: deps.ender, state: deps.policies.state }, { signal }),
    trace: async ({ body, signal }) => {
      const packet = tracePacket(body, deps);
      return {
        packet,
        text: await deps.control.call("ofproto/trace", [now().node.config.ovsBridge, packet], {
          signal,
        }),
        tables: Object.fromEntries([...tableNames].map(([id, name]) => [String(id), name])),
        meanings: Object.fromEntries(Object.values(tables).map(({ name, means }) => [name, means])),
        ports: portNames(deps),
      };
    },
    plan: ({ body, signal }) => planNode(deps, body, { signal }),
    planPolicies: ({ body }) =>
      planPolicies(
        deps.policies,
        body,
        pods().flatMap((pod) => localPodOf(pod) ?? []),
      ),
    probe: async ({ body, signal }) => {
      const chosen = [...peers()].filter(
        ({ plan }) => !body.nodes || body.nodes.includes(plan.identity.name),
      );
      const unknown = body.nodes?.find(
        (name) => !chosen.some(({ plan }) => plan.identity.name === name),
      );
      if (unknown !== undefined)
        throw refuse(
          404,
          `There is no other Node named ${unknown}. Nodes are listed by "antctl get nodes".`,
        );
      const { count, timeoutMs } = body;
      const results = chosen.map((status) =>
        deps.prober.probe(status, mtuTo(status.plan.path, now().node.mtu), {
          count,
          timeoutMs,
          signal,
        }),
      );
      return (await Promise.all(results)).flat();
    },
    routes: ({ signal }) => neededRoutes(deps, { signal }),
    changes: ({ query }) => changeRows(deps.changes, query),
  };
}
