import { familyOf, type IpAddress, ipFromBytes, type IpPacket } from "@antrea/net";

/** Of two packets with the same key, a refusal cannot be told apart. */
export function packetKey({ source, destination, protocol, payload }: IpPacket): string {
  return `${source} ${destination} ${protocol} ${Buffer.from(payload.subarray(0, keptBytes)).toString("hex")}`;
}

/** Of the payload: UDP's ports, GRE's flags and protocol. An error holds 8 bytes at least (RFC 792). */
const keptBytes = 4;

/**
 * The packet that an ICMP error refuses, as much of it as the error holds, when it says that nobody at its
 * destination takes it: "protocol unreachable" or "port unreachable" (RFC 792), "unrecognized next
 * header" or "port unreachable" (RFC 4443 sections 3.4 and 3.1). Undefined for all else, and for what
 * another sender than the destination said: that is a filter on the way. The error comes from the wire.
 */
export function readRefusal(message: Uint8Array, sender: IpAddress): IpPacket | undefined {
  const isV6 = familyOf(sender) === "ipv6";
  const about = `${message[0]}/${message[1]}`;
  if (!(isV6 ? ["1/4", "4/1"] : ["3/2", "3/3"]).includes(about)) return undefined;
  const packet = readPacket(message.subarray(8), isV6 ? 6 : 4);
  return packet?.destination === sender ? packet : undefined;
}

function readPacket(bytes: Uint8Array, version: 4 | 6): IpPacket | undefined {
  const first = bytes[0] ?? 0;
  const header = version === 6 ? 40 : (first & 0xf) * 4;
  if (first >> 4 !== version || header < 20 || bytes.length < header + keptBytes) return undefined;
  const [protocolAt, sourceAt, addressBytes] = version === 6 ? [6, 8, 16] : [9, 12, 4];
  const address = (at: number): IpAddress => ipFromBytes(bytes.slice(at, at + addressBytes));
  return {
    source: address(sourceAt),
    destination: address(sourceAt + addressBytes),
    protocol: bytes[protocolAt] ?? 0,
    payload: bytes.subarray(header),
  };
}
