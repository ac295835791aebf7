import { formatTable } from "@antrea/command";
import type { IpFamily } from "@antrea/net";
import type { WalkPair } from "./plan.ts";
import type { PathKind } from "./verdict.ts";

export interface WalkRow {
  readonly pair: WalkPair;
  /** Where the lab has two. */
  readonly family: IpFamily | undefined;
  /** What the agent of the first Pod's Node says. */
  readonly path: PathKind | "unknown";
  readonly reason: string | undefined;
  /** What the capture on the fabric's links showed, in words. */
  readonly proof: string;
  readonly sent: number;
  readonly received: number;
  readonly roundTripMs: number | undefined;
  readonly throughputBps: number | undefined;
  /** Why this pair is not as it should be. */
  readonly fault: string | undefined;
}

export interface WalkReport {
  readonly mode: string;
  readonly rows: readonly WalkRow[];
  readonly faults: readonly string[];
  /** What the walk-through did to the lab so that the mode could work. */
  readonly notes: readonly string[];
}

const familyNames = { ipv4: "IPv4", ipv6: "IPv6" } as const;

/** The walk-through as a person reads it. */
export function formatWalk({ mode, rows, faults, notes }: WalkReport): string {
  const table = formatTable<WalkRow>(
    [
      { title: "FROM", cell: ({ pair }) => `${pair.from.name} (${pair.from.node})` },
      { title: "TO", cell: ({ pair }) => `${pair.to.name} (${pair.to.node})` },
      { title: "OVER", isOptional: true, cell: ({ family }) => family && familyNames[family] },
      { title: "WHERE", cell: ({ pair }) => pair.distance },
      { title: "PATH", cell: ({ path }) => path },
      { title: "SEEN ON THE FABRIC'S LINKS", cell: ({ proof }) => proof },
      { title: "PING", cell: ({ sent, received }) => `${received}/${sent}` },
      { title: "ROUND TRIP", cell: ({ roundTripMs: ms }) => ms && `${ms.toFixed(2)} ms` },
      { title: "TCP", cell: ({ throughputBps: bps }) => bps && `${(bps / 1e9).toFixed(2)} Gbit/s` },
    ],
    rows,
  );
  const verdict =
    faults.length === 0
      ? "Each path is what the agent says and what the capture saw."
      : `Not as it should be:\n${faults.map((f) => `  - ${f}`).join("\n")}`;
  return [`Traffic mode ${mode}:\n`, table, ...notes, verdict].join("\n");
}
