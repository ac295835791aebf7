import { type OptionalShape, type Shape, shape } from "@antrea/base";
import {
  type Cidr,
  cidrAddress,
  cidrOf,
  familyOf,
  type IpAddress,
  type Ipv4Address,
  ipFromBytes,
  ipToBytes,
  ipv4FromNumber,
  ipv4ToNumber,
  prefixLengthOf,
} from "@antrea/net";

/** The parts of which the objects of controlplane.antrea.io/v1beta2 are made, in JSON as Antrea writes it. */

/** A list that Go leaves out, or writes as null, where it is empty. */
export function listOf<T>(item: Shape<T>): OptionalShape<readonly T[]> {
  return shape.optional(shape.list(item));
}

/** The member, or nothing where the list is empty. */
export function someOf<K extends string>(
  key: K,
  list: readonly unknown[],
): Readonly<Record<string, unknown>> {
  return list.length > 0 ? { [key]: list } : {};
}

/** Four or sixteen bytes in base64, as Go writes a slice of bytes; net.IP may have IPv4 in sixteen. */
export const addressShape: Shape<IpAddress> = shape.parsed("an address in base64", (text) => {
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text) return undefined;
  if (bytes.length === 4) return ipv4FromNumber(bytes.readUInt32BE());
  if (bytes.length !== 16) return undefined;
  return isMapped(bytes) ? ipv4FromNumber(bytes.readUInt32BE(12)) : ipFromBytes(bytes);
});

export function encodeAddress(address: IpAddress): string {
  if (familyOf(address) === "ipv6") return Buffer.from(ipToBytes(address)).toString("base64");
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(ipv4ToNumber(address as Ipv4Address));
  return bytes.toString("base64");
}

/** ::ffff:0:0/96 (RFC 4291 section 2.5.5.2). */
function isMapped(bytes: Buffer): boolean {
  return bytes.readBigUInt64BE() === 0n && bytes.readUInt32BE(8) === 0xffff;
}

const network = shape.object({ ip: addressShape, prefixLength: shape.whole(0, 128) });

/** IPNet: address and length of the prefix; host bits are dropped. */
export const networkShape: Shape<Cidr> = {
  wanted: "a network",
  read(value, at) {
    const { ip, prefixLength } = network.read(value, at);
    const bits = familyOf(ip) === "ipv4" ? 32 : 128;
    return cidrOf(ip, shape.whole(0, bits).read(prefixLength, `${at}.prefixLength`));
  },
};

export function encodeNetwork(cidr: Cidr): object {
  return { ip: encodeAddress(cidrAddress(cidr)), prefixLength: prefixLengthOf(cidr) };
}

export const metadataShape = shape.object({
  name: shape.parsed("a name", (text) => (text === "" ? undefined : text)),
  generation: shape.optional(shape.whole(0)),
  resourceVersion: shape.optional(shape.text),
});
