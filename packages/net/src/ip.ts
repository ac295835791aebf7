import type { Brand } from "@antrea/base";

/** Dotted quad without leading zeros. */
export type Ipv4Address = Brand<string, "Ipv4Address">;
/** RFC 5952 text: lower case, longest zero run shortened. */
export type Ipv6Address = Brand<string, "Ipv6Address">;
export type IpAddress = Ipv4Address | Ipv6Address;
export type IpFamily = "ipv4" | "ipv6";

/** Bits of an address of the family. */
export const addressBits = { ipv4: 32, ipv6: 128 } as const;

export function familyOf(address: IpAddress): IpFamily {
  return address.includes(":") ? "ipv6" : "ipv4";
}

/** Strict dotted quad; undefined for anything else, "010.0.0.1" included. */
export function parseIpv4(text: string): Ipv4Address | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  return parts.every((p) => /^(?:0|[1-9]\d{0,2})$/.test(p) && Number(p) <= 255)
    ? (text as Ipv4Address)
    : undefined;
}

/** Any spelling of RFC 4291 section 2.2 without a zone; gives back the RFC 5952 form. */
export function parseIpv6(text: string): Ipv6Address | undefined {
  const groups = groupsOf(text);
  return groups && formatGroups(groups);
}

export function parseIp(text: string): IpAddress | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

/** The address as one unsigned number of 32 or 128 bits. */
export function ipToBigInt(address: IpAddress): bigint {
  if (familyOf(address) === "ipv4") return BigInt(ipv4ToNumber(address as Ipv4Address));
  return (groupsOf(address) ?? []).reduce((sum, group) => (sum << 16n) | BigInt(group), 0n);
}

export function ipFromBigInt(value: bigint, family: IpFamily): IpAddress {
  if (family === "ipv4") return ipv4FromNumber(Number(value & 0xffffffffn));
  const groups = Array.from({ length: 8 }, (_, i) =>
    Number((value >> BigInt(16 * (7 - i))) & 0xffffn),
  );
  return formatGroups(groups);
}

/** An unsigned 32-bit number. */
export function ipv4ToNumber(address: Ipv4Address): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function ipv4FromNumber(value: number): Ipv4Address {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".") as Ipv4Address;
}

/** Four or sixteen bytes in network order. */
export function ipToBytes(address: IpAddress): Uint8Array {
  const size = addressBits[familyOf(address)] / 8;
  const value = ipToBigInt(address);
  return Uint8Array.from({ length: size }, (_, i) =>
    Number((value >> BigInt(8 * (size - 1 - i))) & 0xffn),
  );
}

/** The address of four or sixteen bytes in network order. */
export function ipFromBytes(bytes: Uint8Array): IpAddress {
  const value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return ipFromBigInt(value, bytes.length === 4 ? "ipv4" : "ipv6");
}

/** Of 169.254.0.0/16 (RFC 3927) or fe80::/10 (RFC 4291 section 2.5.6): good on one link only. */
export function isLinkLocal(address: IpAddress): boolean {
  const value = ipToBigInt(address);
  return familyOf(address) === "ipv4" ? value >> 16n === 0xa9fen : value >> 118n === 0x3fan;
}

function groupsOf(text: string): number[] | undefined {
  const [head = "", tail, ...rest] = text.split("::");
  if (rest.length > 0) return undefined;
  const left = groupList(head, tail === undefined);
  const right = tail === undefined ? [] : groupList(tail, true);
  if (!left || !right) return undefined;
  const missing = 8 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...left, ...Array<number>(missing).fill(0), ...right];
}

function groupList(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    if (part.includes(".")) {
      const v4 = mayEndInIpv4 && i === parts.length - 1 ? parseIpv4(part) : undefined;
      if (!v4) return undefined;
      const value = ipv4ToNumber(v4);
      groups.push(value >>> 16, value & 0xffff);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

function formatGroups(groups: readonly number[]): Ipv6Address {
  let best = { start: 0, length: 0 };
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (i + length < 8 && groups[i + length] === 0) length++;
    if (length > best.length) best = { start: i, length };
  }
  const text = (part: readonly number[]) => part.map((g) => g.toString(16)).join(":");
  if (best.length < 2) return text(groups) as Ipv6Address;
  return `${text(groups.slice(0, best.start))}::${text(groups.slice(best.start + best.length))}` as Ipv6Address;
}
