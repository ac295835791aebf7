import { PRODUCT_VERSION } from "@antrea/api";
import type { Metrics } from "@antrea/base";
import { tableNames } from "@antrea/pipeline";
import type { SwitchLink } from "../bridge/switch-link.ts";
import { agentMetrics as metric } from "../metrics.ts";
import type { PolicyCounts } from "../policy/policy-room.ts";
import type { PeerStatus } from "../routes/reconciler.ts";
import type { Condition } from "./conditions.ts";

export interface MetricSources {
  readonly nodeName: string;
  readonly podName: string;
  readonly session: Pick<SwitchLink, "isConnected" | "connection">;
  readonly conditions: () => readonly Condition[];
  readonly podCount: () => number;
  readonly peers: () => Iterable<PeerStatus>;
  readonly policies: () => PolicyCounts;
}

/** A switch that does not answer within this time is not waited for; in milliseconds. */
const answerWithinMs = 2_000;

/** Reads at each scrape what is not counted as it happens. */
export function collectMetrics(metrics: Metrics, sources: MetricSources): void {
  const { nodeName, podName, conditions, podCount, peers } = sources;
  metrics.replace(metric.runtime.name, [
    {
      labels: { k8s_nodename: nodeName, k8s_podname: podName, version: PRODUCT_VERSION },
      value: 1,
    },
  ]);
  metrics.onScrape(async () => {
    metrics.set(metric.localPods.name, podCount());
    const policies = sources.policies();
    metrics.set(metric.networkPolicies.name, policies.count);
    metrics.set(metric.ingressRules.name, policies.ingressRules);
    metrics.set(metric.egressRules.name, policies.egressRules);
    metrics.replace(
      metric.condition.name,
      conditions().map(({ type, status }) => ({
        labels: { type },
        value: status === "True" ? 1 : 0,
      })),
    );
    const ways = Map.groupBy(peers(), ({ plan }) => plan.path.kind);
    metrics.replace(
      metric.peers.name,
      (["direct", "tunnel", "none"] as const).map((path) => ({
        labels: { path },
        value: ways.get(path)?.length ?? 0,
      })),
    );
    const { flows, meters } = await askSwitch(sources);
    metrics.replace(
      metric.flows.name,
      [...flows].map(([id, value]) => ({
        labels: { table_id: String(id), table_name: tableNames.get(id) ?? String(id) },
        value,
      })),
    );
    const total = [...flows.values()].reduce((sum, count) => sum + count, 0);
    metrics.replace(metric.totalFlows.name, flows.size > 0 ? [{ value: total }] : []);
    metrics.replace(
      metric.meterDrops.name,
      [...meters].map(([id, value]) => ({ labels: { meter_id: String(id) }, value })),
    );
  });
}

/** Nothing where it does not answer: that is no zero. */
async function askSwitch({ session }: MetricSources) {
  const none = { flows: new Map<number, number>(), meters: new Map<number, number>() };
  if (!session.isConnected) return none;
  const signal = AbortSignal.timeout(answerWithinMs);
  try {
    const connection = await session.connection({ signal });
    const [flows, meters] = await Promise.all([
      connection.countFlows({ signal }),
      connection.countMeterDrops({ signal }),
    ]);
    return { flows, meters };
  } catch {
    return none;
  }
}
