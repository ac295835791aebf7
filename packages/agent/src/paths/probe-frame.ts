import { ports } from "@antrea/api";
import {
  encodeIpPacket,
  familyOf,
  type IpAddress,
  ipHeaderBytes,
  type MacAddress,
  udpPacket,
} from "@antrea/net";

/** A probe of a direct path, as it leaves the uplink. */
export interface ProbeFrame {
  readonly sourceMac: MacAddress;
  readonly destinationMac: MacAddress;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** Of the IP packet, with its header. */
  readonly packetBytes: number;
  /** By which the answer is known; who has not seen the probe cannot guess it. */
  readonly nonce: Uint8Array;
}

export const nonceBytes = 16;
/** The smallest probe, in bytes of the IP packet: headers of both families and the nonce fit. */
export const smallProbeBytes = 64;

const etherHeader = 14;
const etherType = { ipv4: 0x0800, ipv6: 0x86dd } as const;
const udpHeader = 8;

/** UDP in IPv4 (not to be fragmented) or IPv6, zeros behind the nonce. */
export function encodeProbe(probe: ProbeFrame): Uint8Array {
  const family = familyOf(probe.source);
  const content = new Uint8Array(probe.packetBytes - ipHeaderBytes[family] - udpHeader);
  content.set(probe.nonce);
  const datagram = udpPacket(probe, ports.pathProbeAnswer, ports.pathProbe, content);
  const frame = new Uint8Array(etherHeader + probe.packetBytes);
  frame.set(macBytes(probe.destinationMac), 0);
  frame.set(macBytes(probe.sourceMac), 6);
  new DataView(frame.buffer).setUint16(12, etherType[family]);
  frame.set(encodeIpPacket(datagram, { dontFragment: true }), etherHeader);
  return frame;
}

/** The nonce of what the switch took for an answer, as hexadecimal digits; undefined if it is too short for one. */
export function nonceOf(frame: Uint8Array): string | undefined {
  if (frame.length < etherHeader + 1) return undefined;
  const version = (frame[etherHeader] ?? 0) >> 4;
  const header = version === 6 ? ipHeaderBytes.ipv6 : ((frame[etherHeader] ?? 0) & 0xf) * 4;
  const at = etherHeader + header + udpHeader;
  if (frame.length < at + nonceBytes) return undefined;
  return hex(frame.subarray(at, at + nonceBytes));
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function macBytes(mac: MacAddress): Uint8Array {
  return Uint8Array.from(mac.split(":"), (part) => Number.parseInt(part, 16));
}
