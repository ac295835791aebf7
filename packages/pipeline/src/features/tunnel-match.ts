import { familyOf, type IpAddress } from "@antrea/net";
import type { FieldMatch } from "@antrea/openflow/flow";
import * as of from "@antrea/openflow/flow";
import type { Tunnel } from "../network.ts";

/** The outer headers of a tunnelled packet on the uplink, from one Node's address to another's. */
export function tunnelPacketFrom(
  tunnel: Tunnel,
  from: IpAddress,
  to: IpAddress,
): readonly FieldMatch[] {
  const addresses = [of.ethType(familyOf(from)), of.ipSrc(from), of.ipDst(to)];
  return tunnel.udpPort === undefined
    ? [...addresses, of.ipProto(47)]
    : [...addresses, of.ipProto(17), of.udpDst(tunnel.udpPort)];
}

/** The outer headers of what this Node's own tunnel port sends. */
export function ownTunnelPacket(tunnel: Tunnel, from: IpAddress): readonly FieldMatch[] {
  const source = [of.ethType(familyOf(from)), of.ipSrc(from)];
  return tunnel.udpPort === undefined
    ? [...source, of.ipProto(47)]
    : [...source, of.ipProto(17), of.udpDst(tunnel.udpPort)];
}
