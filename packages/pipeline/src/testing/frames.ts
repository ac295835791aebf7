import { familyOf, type IpAddress, ipToBytes, type MacAddress, macToBytes } from "@antrea/net";

/** Ends of a frame of a test. */
export interface FrameEnds {
  readonly srcMac: MacAddress;
  readonly dstMac: MacAddress;
  readonly src: IpAddress;
  readonly dst: IpAddress;
}

const u16 = (n: number): number[] => [(n >> 8) & 0xff, n & 0xff];
const hex = (bytes: readonly number[]): string => Buffer.from(bytes).toString("hex");

/** UDP with a payload of zeros, in fragments that fit an MTU of 1500 where it is larger; in hexadecimal digits. */
export function udpFrames(
  ends: FrameEnds,
  { srcPort, dstPort, bytes }: { srcPort: number; dstPort: number; bytes: number },
): readonly string[] {
  const datagram = [...u16(srcPort), ...u16(dstPort), ...u16(8 + bytes), 0, 0];
  datagram.push(...Array.from({ length: bytes }, () => 0));
  const v6 = familyOf(ends.src) === "ipv6";
  if (v6) datagram.splice(6, 2, ...u16(sum6(ends, 17, datagram)));
  const frames: string[] = [];
  for (let at = 0; at < datagram.length; at += 1432)
    frames.push(
      frame(ends, 17, datagram.slice(at, at + 1432), {
        at,
        more: at + 1432 < datagram.length,
        ident: srcPort,
      }),
    );
  return frames;
}

/** "Port unreachable" of `ends.src` about a UDP packet that it was sent. */
export function portUnreachable(
  ends: FrameEnds,
  { srcPort, dstPort }: { srcPort: number; dstPort: number },
): string {
  const about = ipv4(
    { ...ends, src: ends.dst, dst: ends.src },
    17,
    [...u16(srcPort), ...u16(dstPort), 0, 8, 0, 0],
    {},
  );
  const icmp = [3, 3, 0, 0, 0, 0, 0, 0, ...about];
  icmp.splice(2, 2, ...u16(checksum(icmp)));
  return frame(ends, 1, icmp, {});
}

interface Piece {
  readonly at?: number;
  readonly more?: boolean;
  readonly ident?: number;
}

function frame(
  ends: FrameEnds,
  protocol: number,
  payload: readonly number[],
  piece: Piece,
): string {
  const isV6 = familyOf(ends.src) === "ipv6";
  return hex([
    ...macToBytes(ends.dstMac),
    ...macToBytes(ends.srcMac),
    ...(isV6 ? [0x86, 0xdd] : [0x08, 0x00]),
    ...(isV6 ? ipv6 : ipv4)(ends, protocol, payload, piece),
  ]);
}

function ipv4(
  { src, dst }: FrameEnds,
  protocol: number,
  payload: readonly number[],
  { at = 0, more = false, ident = 0 }: Piece,
): number[] {
  const header = [
    0x45,
    0,
    ...u16(20 + payload.length),
    ...u16(ident),
    ...u16((more ? 0x2000 : 0) | (at / 8)),
    64,
    protocol,
    0,
    0,
  ];
  header.push(...ipToBytes(src), ...ipToBytes(dst));
  header.splice(10, 2, ...u16(checksum(header)));
  return [...header, ...payload];
}

function ipv6(
  { src, dst }: FrameEnds,
  protocol: number,
  payload: readonly number[],
  { at = 0, more = false, ident = 0 }: Piece,
): number[] {
  const isPiece = at > 0 || more;
  const piece = isPiece ? [protocol, 0, ...u16(at | (more ? 1 : 0)), 0, 0, ...u16(ident)] : [];
  const rest = [...piece, ...payload];
  return [
    0x60,
    0,
    0,
    0,
    ...u16(rest.length),
    isPiece ? 44 : protocol,
    64,
    ...ipToBytes(src),
    ...ipToBytes(dst),
    ...rest,
  ];
}

function sum6({ src, dst }: FrameEnds, protocol: number, payload: readonly number[]): number {
  return checksum([
    ...ipToBytes(src),
    ...ipToBytes(dst),
    0,
    0,
    ...u16(payload.length),
    0,
    0,
    0,
    protocol,
    ...payload,
  ]);
}

function checksum(bytes: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2)
    sum += ((bytes[i] as number) << 8) | (bytes[i + 1] ?? 0);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}
