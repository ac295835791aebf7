import type { IpAddress } from "@antrea/net";
import type { Carrier } from "../capture/frame.ts";
import type { CapturedPacket } from "../capture/pcap.ts";

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
