import { type IpAddress, ipFromBytes } from "@antrea/net";

/** What carries a packet on the wire: nothing, or a tunnel. */
export type Carrier = "bare" | "geneve" | "vxlan" | "gre" | "wireguard" | "esp";

/** A packet seen on the wire. `inner` is the packet of the Pods; without a tunnel it is the packet itself. */
export interface Sighting {
  readonly carrier: Carrier;
  readonly outer: Endpoints;
  /** Undefined where the payload is encrypted. */
  readonly inner: (Endpoints & { readonly protocol: number }) | undefined;
}

export interface Endpoints {
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

const etherTypes = { ipv4: 0x0800, ipv6: 0x86dd, vlan: 0x8100, bridgedEthernet: 0x6558 } as const;
const protocols = { udp: 17, gre: 47, esp: 50 } as const;
const udpPorts: Readonly<Record<number, "geneve" | "vxlan" | "wireguard">> = {
  6081: "geneve", // RFC 8926 section 3.3
  4789: "vxlan", // RFC 7348 section 5
  51820: "wireguard",
};

/** Reads one packet, given its protocol and where its network header starts; undefined if it is not IP. */
export function sight(etherType: number, packet: Uint8Array): Sighting | undefined {
  const outer = readIp(etherType, packet);
  if (!outer) return undefined;
  const ends = { source: outer.source, destination: outer.destination };
  const bare: Sighting = {
    carrier: "bare",
    outer: ends,
    inner: { ...ends, protocol: outer.protocol },
  };
  const tunnel = readTunnel(outer.protocol, outer.payload);
  if (!tunnel) return bare;
  const { carrier, inner } = tunnel;
  if (!inner) return { carrier, outer: ends, inner: undefined };
  const found = readIp(inner.etherType, inner.packet);
  return {
    carrier,
    outer: ends,
    inner: found && {
      source: found.source,
      destination: found.destination,
      protocol: found.protocol,
    },
  };
}

interface Layer {
  readonly etherType: number;
  readonly packet: Uint8Array;
}

function readTunnel(
  protocol: number,
  payload: Uint8Array,
): { carrier: Carrier; inner?: Layer | undefined } | undefined {
  if (protocol === protocols.esp) return { carrier: "esp" };
  if (protocol === protocols.gre) return { carrier: "gre", inner: readGre(payload) };
  if (protocol !== protocols.udp || payload.length < 8) return undefined;
  const carrier = udpPorts[u16(payload, 2)];
  const body = payload.subarray(8);
  if (carrier === "geneve") return { carrier, inner: readGeneve(body) };
  if (carrier === "vxlan") return { carrier, inner: readEthernet(body.subarray(8)) };
  return carrier && { carrier };
}

/** RFC 8926 section 3.4: options are counted in words of four bytes. */
function readGeneve(body: Uint8Array): Layer | undefined {
  if (body.length < 8) return undefined;
  const rest = body.subarray(8 + ((body[0] ?? 0) & 0x3f) * 4);
  return readPayload(u16(body, 2), rest);
}

/** RFC 2784 and 2890: checksum, key and sequence number are there if their bits say so. */
function readGre(body: Uint8Array): Layer | undefined {
  if (body.length < 4) return undefined;
  const flags = body[0] ?? 0;
  const optional = [0x80, 0x20, 0x10].filter((bit) => flags & bit).length * 4;
  return readPayload(u16(body, 2), body.subarray(4 + optional));
}

function readPayload(protocol: number, rest: Uint8Array): Layer | undefined {
  return protocol === etherTypes.bridgedEthernet
    ? readEthernet(rest)
    : { etherType: protocol, packet: rest };
}

/** An Ethernet frame, with or without one VLAN tag. */
export function readEthernet(frame: Uint8Array): Layer | undefined {
  if (frame.length < 14) return undefined;
  const type = u16(frame, 12);
  return type === etherTypes.vlan && frame.length >= 18
    ? { etherType: u16(frame, 16), packet: frame.subarray(18) }
    : { etherType: type, packet: frame.subarray(14) };
}

function readIp(etherType: number, packet: Uint8Array) {
  if (etherType === etherTypes.ipv4 && packet.length >= 20)
    return {
      source: ipFromBytes(packet.subarray(12, 16)),
      destination: ipFromBytes(packet.subarray(16, 20)),
      protocol: packet[9] ?? 0,
      payload: packet.subarray(((packet[0] ?? 0) & 0x0f) * 4),
    };
  if (etherType === etherTypes.ipv6 && packet.length >= 40)
    return {
      source: ipFromBytes(packet.subarray(8, 24)),
      destination: ipFromBytes(packet.subarray(24, 40)),
      protocol: packet[6] ?? 0,
      payload: packet.subarray(40),
    };
  return undefined;
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
