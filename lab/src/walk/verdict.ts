import type { IpAddress } from "@antrea/net";
import type { Carrier } from "../capture/frame.ts";
import type { CapturedPacket } from "../capture/pcap.ts";
import type { PingSummary } from "../ping.ts";
import type { WalkPair } from "./plan.ts";

/** How packets go from one Pod to another. */
export type PathKind = "local" | "direct" | "tunnel";

/** What the fabric's links showed of the packets between two Pods, each direction for itself. */
export interface Evidence {
  readonly there: readonly Carrier[];
  readonly back: readonly Carrier[];
}

/** Looks for packets between two Pods, whatever carries them. */
export function gatherEvidence(
  packets: readonly CapturedPacket[],
  from: IpAddress,
  to: IpAddress,
): Evidence {
  const carriers = (source: IpAddress, destination: IpAddress) => [
    ...new Set(
      packets
        .filter(({ inner }) => inner?.source === source && inner.destination === destination)
        .map(({ carrier }) => carrier),
    ),
  ];
  return { there: carriers(from, to), back: carriers(to, from) };
}

/** The path that the evidence proves; undefined if it proves none, or two at once. */
export function provenPath({ there, back }: Evidence): PathKind | undefined {
  const seen = [...new Set([...there, ...back])];
  if (seen.length === 0) return "local";
  if (there.length !== 1 || back.length !== 1) return undefined;
  if (seen.length !== 1) return undefined;
  return seen[0] === "bare" ? "direct" : "tunnel";
}

const carrierNames: Readonly<Record<Carrier, string>> = {
  bare: "bare Pod addresses",
  geneve: "Geneve",
  vxlan: "VXLAN",
  gre: "GRE",
  wireguard: "WireGuard",
  esp: "ESP",
};

/** The evidence in words: "Geneve both ways", "nothing on the wire". */
export function formatEvidence({ there, back }: Evidence): string {
  const words = (list: readonly Carrier[]) =>
    list.length === 0 ? "nothing" : list.map((c) => carrierNames[c]).join(" and ");
  if (there.length === 0 && back.length === 0) return "nothing on the wire";
  const [a, b] = [words(there), words(back)];
  return a === b ? `${a}, both ways` : `${a} there, ${b} back`;
}

/** What an agent says of the way from its Node to another. */
export interface SaidPath {
  readonly path: PathKind | "unknown";
  readonly reason: string | undefined;
}

/** All that is known of a pair. */
export interface Findings {
  readonly claim: SaidPath;
  readonly evidence: Evidence;
  readonly ping: PingSummary;
  readonly speedBps: number | undefined;
}

/** Why a pair is not as it should be, in a sentence; undefined if it is. */
export function faultOf(
  { from, to }: WalkPair,
  { claim: { path, reason }, evidence, ping, speedBps }: Findings,
): string | undefined {
  const pair = `${from.name} to ${to.name}`;
  const proven = provenPath(evidence);
  if (ping.received < ping.sent || ping.sent === 0)
    return `${pair}: ${ping.received} of ${ping.sent} pings came back`;
  if (path !== proven)
    return `${pair}: the agent says ${path}${reason ? ` (${reason})` : ""}, but the capture saw ${formatEvidence(evidence)}`;
  return speedBps === undefined ? `${pair}: iperf3 did not finish` : undefined;
}
