import { internetChecksum, wordSum } from "@antrea/wire";
import { familyOf, type IpAddress, ipToBytes } from "./ip.ts";

export interface IpEnds {
  readonly source: IpAddress;
  /** Of the same IP family. */
  readonly destination: IpAddress;
}

/** An IP packet without options or extension headers. */
export interface IpPacket extends IpEnds {
  /** IANA's number of the protocol in `payload`. */
  readonly protocol: number;
  readonly payload: Uint8Array;
}

/** IANA's numbers of protocols. */
export const ipProtocols = { icmp: 1, tcp: 6, udp: 17, gre: 47, icmpv6: 58 } as const;

/** Length of a header without options or extensions, in bytes. */
export const ipHeaderBytes = { ipv4: 20, ipv6: 40 } as const;

const hopLimit = 64;
const dontFragmentFlag = 0x4000;

/** As it is sent: IPv4 (RFC 791) or IPv6 (RFC 8200), which nobody on the way takes apart. */
export function encodeIpPacket(
  { source, destination, protocol, payload }: IpPacket,
  { dontFragment = false }: { readonly dontFragment?: boolean } = {},
): Uint8Array {
  const isV6 = familyOf(source) === "ipv6";
  const headerBytes = isV6 ? ipHeaderBytes.ipv6 : ipHeaderBytes.ipv4;
  const bytes = new Uint8Array(headerBytes + payload.length);
  const view = new DataView(bytes.buffer);
  const ends = [...ipToBytes(source), ...ipToBytes(destination)];
  if (isV6) {
    view.setUint8(0, 0x60);
    view.setUint16(4, payload.length);
    bytes.set([protocol, hopLimit, ...ends], 6);
  } else {
    view.setUint8(0, 0x45);
    view.setUint16(2, bytes.length);
    view.setUint16(6, dontFragment ? dontFragmentFlag : 0);
    bytes.set([hopLimit, protocol], 8);
    bytes.set(ends, 12);
    view.setUint16(10, internetChecksum(wordSum(bytes.subarray(0, headerBytes))));
  }
  bytes.set(payload, headerBytes);
  return bytes;
}

/** The sum of the pseudo-header that TCP, UDP and ICMPv6 count too (RFC 768, RFC 8200 section 8.1). */
export function pseudoHeaderSum({ source, destination, protocol, payload }: IpPacket): number {
  const addresses = wordSum(ipToBytes(source)) + wordSum(ipToBytes(destination));
  return addresses + protocol + payload.length;
}

const udpHeader = 8;

/** A datagram of UDP with its checksum, which IPv6 wants and IPv4 may have (RFC 768). */
export function udpPacket(
  ends: IpEnds,
  sourcePort: number,
  destinationPort: number,
  content: Uint8Array,
): IpPacket {
  const payload = new Uint8Array(udpHeader + content.length);
  const view = new DataView(payload.buffer);
  view.setUint16(0, sourcePort);
  view.setUint16(2, destinationPort);
  view.setUint16(4, payload.length);
  payload.set(content, udpHeader);
  const packet = { ...ends, protocol: ipProtocols.udp, payload };
  const sum = pseudoHeaderSum(packet) + wordSum(payload);
  view.setUint16(6, internetChecksum(sum) || 0xffff); // zero says that there is none
  return packet;
}
