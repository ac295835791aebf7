import type { IpAddress } from "@antrea/net";
import type { NodeRecord, PodRecord } from "../computation/records.ts";
import type { PortProtocol } from "../model.ts";
import type { Cluster } from "./cluster.ts";

/** The first packet of a connection. Those that follow it, and what they cause, go its way. */
export interface Packet {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly traffic: Traffic;
}

export type Traffic =
  | {
      readonly protocol: PortProtocol;
      readonly sourcePort: number;
      readonly destinationPort: number;
    }
  /** ICMPv6 too. */
  | { readonly protocol: "ICMP"; readonly icmpType: number; readonly icmpCode: number }
  | { readonly protocol: "IGMP"; readonly igmpType: number }
  /** Of a protocol that no policy can name. */
  | { readonly protocol: "other"; readonly number: number };

/** Whom an address belongs to; without Pod and Node it is outside the cluster. */
export interface Endpoint {
  readonly address: IpAddress;
  readonly pod?: PodRecord | undefined;
  readonly node?: NodeRecord | undefined;
}

/**
 * A Pod on its host's network shows itself by an address of the Node, so nobody can tell it from the
 * Node; one that has finished has no address any more, whatever it says.
 */
export function endpointAt(cluster: Cluster, address: IpAddress): Endpoint {
  const node = cluster.nodes.find(({ addresses }) => addresses.includes(address));
  const hasIt = ({ hostNetwork, isFinished, ips }: PodRecord): boolean =>
    !hostNetwork && !isFinished && ips.includes(address);
  const pod = cluster.pods.find(hasIt);
  return { address, pod, node };
}
