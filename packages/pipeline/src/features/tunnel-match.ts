import { familyOf, type IpAddress } from "@antrea/net";
import type { FieldMatch } from "@antrea/openflow/flow";
import * as of from "@antrea/openflow/flow";
import type { Tunnel } from "../network.ts";
import { firstFragment } from "../policy/fragments.ts";

/** The protocol of tunnels without ports. */
const gre = 47;

/** The outer headers of a tunnelled packet on the uplink, from one Node's address to another's. */
export function tunnelPacketFrom(
  tunnel: Tunnel,
  from: IpAddress,
  to: IpAddress,
): readonly FieldMatch[] {
  const addresses = [of.ethType(familyOf(from)), of.ipSrc(from), of.ipDst(to)];
  return tunnel.udpPort === undefined
    ? [...addresses, of.ipProto(gre)]
    : [...addresses, of.ipProto(17), of.udpDst(tunnel.udpPort)];
}

/** The outer headers of what this Node's own tunnel port sends. */
export function ownTunnelPacket(tunnel: Tunnel, from: IpAddress): readonly FieldMatch[] {
  const source = [of.ethType(familyOf(from)), of.ipSrc(from)];
  return tunnel.udpPort === undefined
    ? [...source, of.ipProto(gre)]
    : [...source, of.ipProto(17), of.udpDst(tunnel.udpPort)];
}

/** Packets, fragments too, that would be taken as this tunnel's where `address` is. */
export function toTunnelPort(
  { udpPort }: Tunnel,
  address: IpAddress,
): readonly (readonly FieldMatch[])[] {
  if (udpPort === undefined) return [[of.ipDst(address), of.ipProto(gre)]];
  return [
    [of.ipDst(address), of.ipProto("udp"), of.udpDst(udpPort)],
    [
      of.ipDst(address),
      firstFragment,
      of.ctState("+trk-inv"),
      of.fieldMatch("ct_nw_proto", 17n),
      of.fieldMatch("ct_tp_dst", BigInt(udpPort)),
    ],
  ];
}
