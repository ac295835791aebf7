import type { Clock, KeyedChange, Realizer } from "@antrea/base";
import type { HostChange } from "@antrea/linux";
import { type Flow, formatFlow } from "@antrea/openflow/flow";
import type { Replica } from "@antrea/ovsdb";
import type { TunnelNeighbours } from "./bridge/tunnel-neighbours.ts";
import type { TunnelRoute } from "./bridge/tunnel-routes.ts";
import type { Kept } from "./drift.ts";
import { type GlanceNews, glanceNews } from "./glance-news.ts";
import { hostKinds } from "./host/host-changes.ts";
import type { FlowNews } from "./bridge/flow-news.ts";
import type { HostWriter } from "./host/host-writer.ts";
import type { PodRoom } from "./pods/pod-room.ts";

export interface KeptDeps {
  /** Whether the switch is there and has got back what it lost; until then nothing there is news. */
  readonly isSettled: () => boolean;
  readonly flows: Realizer<Flow>;
  /** When flows may differ: reading all of them takes long where there are many peers. */
  readonly news: FlowNews;
  readonly tunnelRoutes: Realizer<TunnelRoute>;
  /** The routes that ovs-vswitchd has, as it prints them: a thousand are the same text nearly always. */
  readonly shownRoutes: (signal: AbortSignal) => Promise<string>;
  readonly tunnelNeighbours: TunnelNeighbours;
  /** Tells ovs-vswitchd its own ends of tunnels once more: it forgets them with the port. */
  readonly retellTunnels: (signal: AbortSignal) => Promise<void>;
  /** Lets an ovs-vswitchd that keeps the kernel's flows go on with its own, if word of it came late. */
  readonly endRestoreWait: (signal: AbortSignal) => Promise<void>;
  readonly hostWriter: HostWriter;
  /** When the host may differ: reading all of it takes long where there are many Pods or peers. */
  readonly hostNews: GlanceNews;
  readonly pods: Pick<PodRoom, "resyncPorts" | "resyncIsolation" | "resyncMtu">;
  readonly clock: Clock;
  readonly ovsdb: { readonly isConnected: boolean; readonly replica: Replica };
}

/** How long ovs-vswitchd may take to act on a bridge that was put back, in milliseconds. */
const actMs = 10_000;
/** ovs-vswitchd forgets a tunnel neighbour after 15 minutes without use, so it is told again, in milliseconds. */
const neighboursMs = 240_000;

/** All of the switch and the host that is this agent's, part by part. */
export function keptParts(deps: KeptDeps): readonly Kept[] {
  const { isSettled, flows, news, tunnelRoutes, hostWriter, pods, ovsdb } = deps;
  let neighboursAt = deps.clock.now();
  const routeNews = glanceNews();
  return [
    {
      name: "bridge",
      async compare(signal) {
        if (!ovsdb.isConnected) return [];
        const lines = await pods.resyncPorts({
          signal: AbortSignal.any([signal, AbortSignal.timeout(actMs)]),
        });
        if (lines.length > 0) await deps.retellTunnels(signal);
        return lines;
      },
      follow: (onChange) => ovsdb.replica.onChange(onChange),
    },
    {
      name: "flows",
      async compare(signal) {
        if (!isSettled() || !news.take(deps.clock.now())) return [];
        try {
          const change = await flows.resync({ signal });
          await deps.endRestoreWait(signal);
          return linesOf(change, formatFlow);
        } catch (error) {
          news.putBack();
          throw error;
        }
      },
      follow: news.follow,
    },
    {
      name: "host",
      async compare() {
        if (!isSettled()) return [];
        const change = await hostWriter.resync({ news: deps.hostNews });
        return change ? [...hostLines(change), ...pods.resyncIsolation()] : [];
      },
    },
    { name: "pods", compare: () => pods.resyncMtu() },
    {
      name: "tunnel routes",
      async compare(signal) {
        if (!isSettled()) return [];
        if (deps.clock.now() - neighboursAt > neighboursMs) {
          neighboursAt = deps.clock.now();
          await deps.tunnelNeighbours.refresh({ signal });
        }
        if (!routeNews.take(await deps.shownRoutes(signal), deps.clock.now())) return [];
        try {
          return linesOf(await tunnelRoutes.resync({ signal }), ({ destination }) => destination);
        } catch (error) {
          routeNews.putBack();
          throw error;
        }
      },
    },
  ];
}

/** What a change put back, a line for each thing. */
export function linesOf<V>(
  { add, modify, remove }: KeyedChange<string, V>,
  describe?: (value: V) => string,
): readonly string[] {
  const line = (sign: string, key: string, value: V): string =>
    `${sign} ${describe?.(value) ?? key}`;
  return [
    ...add.map(({ key, value }) => line("+", key, value)),
    ...modify.map(({ key, value }) => line("~", key, value)),
    ...remove.map(({ key, before }) => line("-", key, before)),
  ];
}

function hostLines(change: HostChange): readonly string[] {
  return Object.entries(hostKinds).flatMap(([part, kind]) =>
    linesOf(change[part as keyof HostChange] as KeyedChange<string, unknown>).map(
      (line) => `${line.slice(0, 1)} ${kind} ${line.slice(2)}`,
    ),
  );
}
