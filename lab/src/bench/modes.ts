/**
 * The guide's comparison of the traffic modes: `kubectl exec iperf-client -- iperf3 -c …`, in each of
 * them in turn, and in an order of its own in each round. What is measured in depth is taken right
 * after it, in the same mode.
 */
import type { Surroundings } from "./bench-run.ts";
import type { NetworkSeen } from "./mode-network.ts";
import { type Sample, type SetupName, setups, shuffled } from "./plan.ts";
import { type Spread, spreadOf } from "./statistics.ts";

/** The first one is what the others are held against. */
export const comparedModes = [
  "tunnel",
  "hybrid",
  "noEncap",
] as const satisfies readonly SetupName[];
export type ComparedMode = (typeof comparedModes)[number];

/** As the ConfigMap has it: whether hybrid goes direct is a matter of subnets. */
export function nameOf(mode: ComparedMode): string {
  return setups[mode].settings.trafficEncapMode;
}

export interface ModesOptions {
  readonly rounds: number;
  /** `iperf3 -t`. */
  readonly seconds: number;
  /** How long each figure in depth is measured. */
  readonly figureSeconds: number;
  /** That the two Nodes are in: 1 or 2. */
  readonly subnets: number;
  /** Whether the network between has a route to each Node's Pods. */
  readonly hasRoutes: boolean;
}

/** What one run of iperf3 told. */
export interface IperfResult {
  /** That the receiver counted. */
  readonly mbps: number;
  /** Segments that the sender sent again. */
  readonly retransmissions: number;
}

export interface ModeSample {
  readonly round: number;
  readonly mode: ComparedMode;
  readonly result?: IperfResult;
  /** Why there is no result. */
  readonly problem?: string;
}

/** All that one run found: the file `modes.json`. */
export interface ModesRun {
  /** Times as RFC 3339 has them. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly options: ModesOptions;
  readonly seed: number;
  readonly surroundings: Surroundings;
  /** What was run in each mode, as a person would type it. */
  readonly command: string;
  readonly samples: readonly ModeSample[];
  /** Streams, request/response and connect rate, in every mode. */
  readonly depth: readonly Sample[];
  readonly network: NetworkSeen;
}

export interface ModeVisit {
  readonly round: number;
  readonly mode: ComparedMode;
}

/** Each mode once a round; `random` gives numbers from 0 up to 1. */
export function planModes(rounds: number, random: () => number): readonly ModeVisit[] {
  return Array.from({ length: rounds }, (_, round) => round).flatMap((round) =>
    shuffled(comparedModes, random).map((mode) => ({ round, mode })),
  );
}

export const iperfPods = { server: "iperf-server", client: "iperf-client" } as const;

/** The guide's two Pods, each on a Node of its own: the way between two Nodes is what modes change. */
export function iperfObjects(serverNode: string, clientNode: string): readonly object[] {
  const pod = (name: string, nodeName: string, command: readonly string[]) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      nodeName,
      terminationGracePeriodSeconds: 0,
      containers: [{ name: "iperf3", image: "networkstatic/iperf3", command }],
    },
  });
  return [
    pod(iperfPods.server, serverNode, ["iperf3", "-s"]),
    pod(iperfPods.client, clientNode, ["sleep", "3600"]),
  ];
}

/** What kubectl is given. */
export function iperfCommand(serverAddress: string, seconds: number): readonly string[] {
  return ["exec", iperfPods.client, "--", "iperf3", "-c", serverAddress, "-t", String(seconds)];
}

const megabits: Readonly<Record<string, number>> = { "": 1e-6, K: 1e-3, M: 1, G: 1e3 };

/** Reads the two lines below the rule, as iperf3 prints them for people; throws if they are not there. */
export function parseIperfText(text: string): IperfResult {
  const received = /([\d.]+) ([KMG]?)bits\/sec +receiver/.exec(text);
  const sent = /bits\/sec +(\d+) +sender/.exec(text);
  if (!received || !sent) throw new Error(`iperf3 said: ${text.trim().slice(-300)}`);
  return {
    mbps: Number(received[1]) * (megabits[received[2] ?? ""] ?? Number.NaN),
    retransmissions: Number(sent[1]),
  };
}

export interface ModeRow {
  readonly mode: ComparedMode;
  readonly title: string;
  readonly mbps: Spread | undefined;
  /** To the first mode, paired by round; undefined for that one itself. */
  readonly ratio: Spread | undefined;
  readonly retransmissions: Spread | undefined;
  readonly problem: string | undefined;
}

export function summarizeModes(samples: readonly ModeSample[]): readonly ModeRow[] {
  return comparedModes.map((mode) => {
    const own = samples.filter((sample) => sample.mode === mode);
    const ratios = own.flatMap(({ round, result }) => {
      const [base] = samples.filter((s) => s.round === round && s.mode === comparedModes[0]);
      return result && base?.result ? [result.mbps / base.result.mbps] : [];
    });
    return {
      mode,
      title: nameOf(mode),
      mbps: spreadOf(own.flatMap(({ result }) => result?.mbps ?? [])),
      ratio: mode === comparedModes[0] ? undefined : spreadOf(ratios),
      retransmissions: spreadOf(own.flatMap(({ result }) => result?.retransmissions ?? [])),
      problem: own.find(({ problem }) => problem !== undefined)?.problem,
    };
  });
}
