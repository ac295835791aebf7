import { encodeIpPacket, ipFromBytes, ipProtocols, pseudoHeaderSum } from "@antrea/net";
import { internetChecksum, wordSum } from "@antrea/wire";
import { type IpPacket, readIpPacket } from "./ip-packet.ts";

/**
 * The answer to a packet that a rule rejects, as who was addressed would send it: a reset to TCP, an
 * ICMP error "administratively prohibited" to all else. Undefined where none is due: to a reset or an
 * ICMP error, to many, or to what is no packet. The frame comes from Pods and the world.
 */
export function rejectFrame(frame: Uint8Array): Uint8Array | undefined {
  const packet = readIpPacket(frame);
  if (!packet || isToMany(packet) || packet.isLaterFragment) return undefined;
  const payload = packet.protocol === ipProtocols.tcp ? reset(packet) : icmpError(packet);
  return payload && answerWith(packet, frame, payload);
}

const tcpFlags = { fin: 1, syn: 2, rst: 4, ack: 16 } as const;
const tcpHeader = 20;

/** RFC 9293 section 3.5.2: in sequence where the segment says of what, else with the number it expects. */
function reset({ payload, payloadLength }: IpPacket): Payload | undefined {
  if (payload.length < tcpHeader) return undefined;
  const asked = viewOf(payload);
  const flags = asked.getUint8(13);
  if (flags & tcpFlags.rst) return undefined;
  const bytes = new Uint8Array(tcpHeader);
  const view = viewOf(bytes);
  view.setUint16(0, asked.getUint16(2));
  view.setUint16(2, asked.getUint16(0));
  if (flags & tcpFlags.ack) view.setUint32(4, asked.getUint32(8));
  else view.setUint32(8, asked.getUint32(4) + sequenceSpace(asked, payloadLength));
  view.setUint8(12, (tcpHeader / 4) << 4);
  view.setUint8(13, flags & tcpFlags.ack ? tcpFlags.rst : tcpFlags.rst | tcpFlags.ack);
  return { protocol: ipProtocols.tcp, bytes, checksumAt: 16, hasPseudoHeader: true };
}

/** What a segment takes of the sequence: its data, and one each for SYN and FIN. */
function sequenceSpace(segment: DataView, length: number): number {
  const flags = segment.getUint8(13);
  const data = Math.max(0, length - (segment.getUint8(12) >> 4) * 4);
  return data + (flags & tcpFlags.syn ? 1 : 0) + (flags & tcpFlags.fin ? 1 : 0);
}

interface Payload {
  readonly protocol: number;
  readonly bytes: Uint8Array;
  readonly checksumAt: number;
  readonly hasPseudoHeader: boolean;
}

/** Destination unreachable: host administratively prohibited (RFC 1122), or IPv6's like (RFC 4443). */
function icmpError(packet: IpPacket): Payload | undefined {
  const isV6 = packet.version === 6;
  const own = isV6 ? ipProtocols.icmpv6 : ipProtocols.icmp;
  if (packet.protocol === own && isIcmpError(packet)) return undefined;
  const bytes = new Uint8Array(icmpHeader + packet.bytes.length);
  bytes.set(isV6 ? [1, 1] : [3, 10]);
  bytes.set(packet.bytes, icmpHeader);
  return { protocol: own, bytes, checksumAt: 2, hasPseudoHeader: isV6 };
}

const icmpHeader = 8;
function isIcmpError({ version, payload: [type] }: IpPacket): boolean {
  if (type === undefined) return true;
  return version === 6 ? type < 128 : ![0, 8, 13, 14].includes(type);
}

/** Multicast, broadcast, or from nobody in particular (RFC 1122 section 3.2.2). */
function isToMany({ version, source, destination }: IpPacket): boolean {
  const first = destination[0] ?? 0;
  const isNobody = source.every((byte) => byte === 0);
  return isNobody || (version === 6 ? first === 0xff : first >= 224);
}

function answerWith(packet: IpPacket, frame: Uint8Array, payload: Payload): Uint8Array {
  const { protocol, bytes, checksumAt, hasPseudoHeader } = payload;
  const ends = { source: ipFromBytes(packet.destination), destination: ipFromBytes(packet.source) };
  const answer = { ...ends, protocol, payload: bytes };
  const sum = wordSum(bytes) + (hasPseudoHeader ? pseudoHeaderSum(answer) : 0);
  viewOf(bytes).setUint16(checksumAt, internetChecksum(sum));
  const etherHeader = [
    ...frame.subarray(6, 12),
    ...frame.subarray(0, 6),
    ...frame.subarray(12, 14),
  ];
  return Uint8Array.from([...etherHeader, ...encodeIpPacket(answer)]);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
