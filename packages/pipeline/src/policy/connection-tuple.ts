import type { IpAddress } from "@antrea/net";
import type { FieldMatch } from "@antrea/openflow/flow";
import * as of from "@antrea/openflow/flow";

/** A connection as its first packet was. */
export interface ConnectionTuple {
  /** IP's number. */
  readonly protocol: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** Both 0 where the protocol has none. */
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** Protocols with ports, by IP's numbers. */
const portFields = {
  6: { proto: "tcp", src: "tcp_src", dst: "tcp_dst" },
  17: { proto: "udp", src: "udp_src", dst: "udp_dst" },
  132: { proto: "sctp", src: "sctp_src", dst: "sctp_dst" },
} as const;

export type PortedProtocol = (typeof portFields)[keyof typeof portFields]["proto"];

/** What answers to a connection look like; undefined for protocols without ports. */
export function answersOf(
  connection: ConnectionTuple,
): { readonly proto: PortedProtocol; readonly match: readonly FieldMatch[] } | undefined {
  const { protocol, source, destination, sourcePort, destinationPort } = connection;
  if (!isPorted(protocol)) return undefined;
  const { proto, src, dst } = portFields[protocol];
  return {
    proto,
    match: [
      of.ipProto(proto),
      of.ipSrc(destination),
      of.ipDst(source),
      of.fieldMatch(src, BigInt(destinationPort)),
      of.fieldMatch(dst, BigInt(sourcePort)),
    ],
  };
}

function isPorted(protocol: number): protocol is keyof typeof portFields {
  return Object.hasOwn(portFields, protocol);
}
