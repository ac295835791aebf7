import { type IpAddress, ipToBytes, type MacAddress, macToBytes } from "@antrea/net";

/** The ends of an ICMPv6 packet as its sender writes them, true or not. */
export interface Icmpv6Ends {
  readonly ethSource: MacAddress;
  readonly ethDestination: MacAddress;
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

export interface Icmpv6Message {
  readonly type: number;
  /** What follows type, code and checksum. */
  readonly body: Uint8Array;
  /** 255 unless said otherwise: from a neighbour, not from behind a router (RFC 4861 section 3.1). */
  readonly hopLimit?: number;
  /** In one fragment that has all of it (RFC 6946). */
  readonly isFragment?: boolean;
}

const icmpv6 = 58;
const fragment = 44;

/** The flow label of every frame made here, by which a capture knows them wherever they turn up. */
const flowLabel = 0xbad05;
export const madeHere = `ip6 and ip6[0:4] & 0x000fffff = ${flowLabel}`;

/** A whole Ethernet frame with a right checksum: only its content may be a lie. */
export function icmpv6Frame(
  { ethSource, ethDestination, source, destination }: Icmpv6Ends,
  { type, body, hopLimit = 255, isFragment = false }: Icmpv6Message,
): Uint8Array {
  const [from, to] = [ipToBytes(source), ipToBytes(destination)];
  const message = Uint8Array.of(type, 0, 0, 0, ...body);
  const pseudoHeader = [...from, ...to, ...u32(message.length), ...u32(icmpv6)];
  message.set(u16(checksum(Uint8Array.of(...pseudoHeader, ...message))), 2);
  const extension = isFragment ? [icmpv6, 0, 0, 0, ...u32(1)] : [];
  return Uint8Array.of(
    ...macToBytes(ethDestination),
    ...macToBytes(ethSource),
    ...u16(0x86dd),
    ...u32(0x6000_0000 + flowLabel),
    ...u16(extension.length + message.length),
    isFragment ? fragment : icmpv6,
    hopLimit,
    ...from,
    ...to,
    ...extension,
    ...message,
  );
}

/** "`target` is at `mac`", solicited or not, in place of what was known (RFC 4861 section 4.4). */
export function neighbourAdvertisement(target: IpAddress, mac: MacAddress): Icmpv6Message {
  return {
    type: 136,
    body: Uint8Array.of(0x60, 0, 0, 0, ...ipToBytes(target), 2, 1, ...macToBytes(mac)),
  };
}

/** "Where is `target`? I am at `mac`" (section 4.3). */
export function neighbourSolicitation(target: IpAddress, mac: MacAddress): Icmpv6Message {
  return {
    type: 135,
    body: Uint8Array.of(0, 0, 0, 0, ...ipToBytes(target), 1, 1, ...macToBytes(mac)),
  };
}

/** "I am a router for half an hour, at `mac`" (section 4.2). */
export function routerAdvertisement(mac: MacAddress): Icmpv6Message {
  return {
    type: 134,
    body: Uint8Array.of(64, 0, ...u16(1800), ...u32(0), ...u32(0), 1, 1, ...macToBytes(mac)),
  };
}

/** "To `destination` it is shorter by `target`" (section 4.5). */
export function redirect(target: IpAddress, destination: IpAddress): Icmpv6Message {
  return {
    type: 137,
    body: Uint8Array.of(0, 0, 0, 0, ...ipToBytes(target), ...ipToBytes(destination)),
  };
}

/** A query for all groups of the link (RFC 2710 section 3). */
export function multicastQuery(): Icmpv6Message {
  return { type: 130, hopLimit: 1, body: new Uint8Array(20) };
}

export function echoRequest(): Icmpv6Message {
  return { type: 128, hopLimit: 64, body: Uint8Array.of(0x46, 0x46, 0, 1, 1, 2, 3, 4) };
}

function u16(value: number): readonly number[] {
  return [value >> 8, value & 0xff];
}

function u32(value: number): readonly number[] {
  return [...u16(value >>> 16), ...u16(value & 0xffff)];
}

/** The Internet checksum (RFC 1071). */
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2)
    sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
