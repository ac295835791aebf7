/** An IP packet in a frame, of which the switch may have sent the beginning only. */
export interface IpPacket {
  readonly version: 4 | 6;
  /** With its header, as far as it was sent. */
  readonly bytes: Uint8Array;
  readonly protocol: number;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly isLaterFragment: boolean;
  /** As far as it was sent. */
  readonly payload: Uint8Array;
  /** Of all of it, as the header says. */
  readonly payloadLength: number;
}

const etherHeader = 14;

/** Reads IPv4 and IPv6 without VLAN; undefined for anything else, and for a header that is cut. */
export function readIpPacket(frame: Uint8Array): IpPacket | undefined {
  const bytes = frame.subarray(etherHeader);
  const type = ((frame[12] ?? 0) << 8) | (frame[13] ?? 0);
  if (type === 0x0800) return readIpv4(bytes);
  return type === 0x86dd ? readIpv6(bytes) : undefined;
}

function readIpv4(bytes: Uint8Array): IpPacket | undefined {
  const headerLength = ((bytes[0] ?? 0) & 0xf) * 4;
  if ((bytes[0] ?? 0) >> 4 !== 4 || headerLength < 20 || bytes.length < headerLength)
    return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return {
    version: 4,
    bytes,
    protocol: view.getUint8(9),
    source: bytes.slice(12, 16),
    destination: bytes.slice(16, 20),
    isLaterFragment: (view.getUint16(6) & 0x1fff) !== 0,
    payload: bytes.subarray(headerLength),
    payloadLength: Math.max(0, view.getUint16(2) - headerLength),
  };
}

/** Behind extension headers, which Pods hardly send, it finds no TCP. */
function readIpv6(bytes: Uint8Array): IpPacket | undefined {
  if ((bytes[0] ?? 0) >> 4 !== 6 || bytes.length < 40) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return {
    version: 6,
    bytes,
    protocol: view.getUint8(6),
    source: bytes.slice(8, 24),
    destination: bytes.slice(24, 40),
    isLaterFragment: false,
    payload: bytes.subarray(40),
    payloadLength: view.getUint16(4),
  };
}
