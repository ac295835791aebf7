import { ports } from "@antrea/api";
import { familyOf, type IpAddress, ipToBytes, type MacAddress } from "@antrea/net";
import { internetChecksum, wordSum } from "@antrea/wire";

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
const ipHeader = { ipv4: 20, ipv6: 40 } as const;
const etherType = { ipv4: 0x0800, ipv6: 0x86dd } as const;
const udpHeader = 8;
const udpProtocol = 17;
const hopLimit = 64;
const dontFragment = 0x4000;

/** UDP in IPv4 (RFC 791, not to be fragmented) or IPv6 (RFC 8200), zeros behind the nonce. */
export function encodeProbe(probe: ProbeFrame): Uint8Array {
  const family = familyOf(probe.source);
  const bytes = new Uint8Array(etherHeader + probe.packetBytes);
  const view = new DataView(bytes.buffer);
  bytes.set(macBytes(probe.destinationMac), 0);
  bytes.set(macBytes(probe.sourceMac), 6);
  view.setUint16(12, etherType[family]);
  const addresses = family === "ipv4" ? putIpv4(view, bytes, probe) : putIpv6(view, bytes, probe);

  const at = etherHeader + ipHeader[family];
  const udpBytes = probe.packetBytes - ipHeader[family];
  view.setUint16(at, ports.pathProbeAnswer);
  view.setUint16(at + 2, ports.pathProbe);
  view.setUint16(at + 4, udpBytes);
  bytes.set(probe.nonce, at + udpHeader);
  // the pseudo-header: addresses, protocol and length (RFC 768, RFC 8200 section 8.1)
  const sum = wordSum(part(bytes, addresses)) + wordSum(part(bytes, { at, bytes: udpBytes }));
  view.setUint16(at + 6, internetChecksum(sum + udpProtocol + udpBytes) || 0xffff);
  return bytes;
}

/** The nonce of what the switch took for an answer, as hexadecimal digits; undefined if it is too short for one. */
export function nonceOf(frame: Uint8Array): string | undefined {
  if (frame.length < etherHeader + 1) return undefined;
  const version = (frame[etherHeader] ?? 0) >> 4;
  const header = version === 6 ? ipHeader.ipv6 : ((frame[etherHeader] ?? 0) & 0xf) * 4;
  const at = etherHeader + header + udpHeader;
  if (frame.length < at + nonceBytes) return undefined;
  return hex(frame.subarray(at, at + nonceBytes));
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

interface Span {
  readonly at: number;
  readonly bytes: number;
}

const part = (whole: Uint8Array, { at, bytes }: Span) => whole.subarray(at, at + bytes);

function putIpv4(view: DataView, bytes: Uint8Array, probe: ProbeFrame): Span {
  const at = etherHeader;
  view.setUint8(at, 0x45);
  view.setUint16(at + 2, probe.packetBytes);
  view.setUint16(at + 6, dontFragment);
  view.setUint8(at + 8, hopLimit);
  view.setUint8(at + 9, udpProtocol);
  bytes.set(ipToBytes(probe.source), at + 12);
  bytes.set(ipToBytes(probe.destination), at + 16);
  view.setUint16(at + 10, internetChecksum(wordSum(part(bytes, { at, bytes: ipHeader.ipv4 }))));
  return { at: at + 12, bytes: 8 };
}

function putIpv6(view: DataView, bytes: Uint8Array, probe: ProbeFrame): Span {
  const at = etherHeader;
  view.setUint8(at, 0x60);
  view.setUint16(at + 4, probe.packetBytes - ipHeader.ipv6);
  view.setUint8(at + 6, udpProtocol);
  view.setUint8(at + 7, hopLimit);
  bytes.set(ipToBytes(probe.source), at + 8);
  bytes.set(ipToBytes(probe.destination), at + 24);
  return { at: at + 8, bytes: 32 };
}

function macBytes(mac: MacAddress): Uint8Array {
  return Uint8Array.from(mac.split(":"), (part) => Number.parseInt(part, 16));
}
