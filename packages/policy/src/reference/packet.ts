import type { IpAddress } from "@antrea/net";
import type { PortProtocol } from "../model.ts";
import type { Cluster, NodeFacts, PodFacts } from "./cluster.ts";

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
  readonly pod?: PodFacts | undefined;
  readonly node?: NodeFacts | undefined;
}

/** A Pod on its host's network shows itself by an address of the Node, so nobody can tell it from the Node. */
export function endpointAt(cluster: Cluster, address: IpAddress): Endpoint {
  const node = cluster.nodes.find(({ ips }) => ips.includes(address));
  const pod = cluster.pods.find((one) => !one.isHostNetwork && one.ips.includes(address));
  return { address, pod, node };
}
