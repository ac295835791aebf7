import type { ModeNetwork, NetworkSeen } from "../mode-network.ts";
import { type DepthMetric, depthMetrics } from "../mode-comparison.ts";
import { type ComparedMode, comparedModes, type ModesOptions, type ModesRun } from "../modes.ts";
import type { Sample } from "../plan.ts";
import { benchRun, sample } from "./bench-run.ts";

export const modesOptions: ModesOptions = {
  rounds: 5,
  seconds: 10,
  figureSeconds: 2,
  subnets: 1,
  hasRoutes: false,
};

/** A run that found nothing; a test says what is other. */
export function modesRun(more: Partial<ModesRun> = {}): ModesRun {
  const { startedAt, finishedAt, seed, surroundings } = benchRun([]);
  return {
    ...{ startedAt, finishedAt, seed, surroundings },
    options: modesOptions,
    command: "kubectl exec iperf-client -- iperf3 -c $SERVER_IP -t 10",
    samples: [],
    depth: [],
    network: {},
    ...more,
  };
}

/** What each mode makes of a figure: by how much in each round it is above or below 1,000. */
export type Factors = Readonly<Partial<Record<ComparedMode, readonly number[]>>>;

/** Samples of all figures in depth with these factors; a metric may have others. */
export function depthSamples(
  factors: Factors,
  others: Readonly<Partial<Record<DepthMetric, Factors>>> = {},
): readonly Sample[] {
  return depthMetrics.flatMap((metric) =>
    comparedModes.flatMap((setup) =>
      ((others[metric] ?? factors)[setup] ?? []).map((factor, round) =>
        sample({ metric, setup, round, value: 1000 * factor }),
      ),
    ),
  );
}

/** Two Nodes, without a tunnel as neighbours. */
export const onOneSubnet: ModeNetwork = {
  paths: { onLink: 2, routed: 0, tunnel: 0, none: 0 },
  podMtu: 1500,
  transportMtu: 1500,
  routesOfNetwork: [],
  missing: [],
};

const byTunnel = { onLink: 0, routed: 0, tunnel: 2, none: 0 };

export const oneSubnet = {
  tunnel: { ...onOneSubnet, paths: byTunnel, podMtu: 1450 },
  hybrid: { ...onOneSubnet, podMtu: 1450 },
  noEncap: onOneSubnet,
} satisfies NetworkSeen;

/** The network between has routes to both Nodes' Pods. */
export const twoSubnets = {
  tunnel: { ...onOneSubnet, paths: byTunnel, podMtu: 1450 },
  hybrid: { ...onOneSubnet, paths: byTunnel, podMtu: 1450 },
  noEncap: {
    ...onOneSubnet,
    paths: { onLink: 0, routed: 2, tunnel: 0, none: 0 },
    routesOfNetwork: ["10.244.1.0/24", "10.244.2.0/24"],
  },
} satisfies NetworkSeen;

/** The same without them. */
export const withoutRoutes: NetworkSeen = {
  ...twoSubnets,
  noEncap: {
    ...twoSubnets.noEncap,
    missing: ["node-2: 10.244.2.1 does not answer"],
  },
};
