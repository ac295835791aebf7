import type { Brand } from "@antrea/base";
import { ipFromBytes, type Ipv6Address } from "./ip.ts";

/** An Ethernet address in its one canonical form: six lower-case hex pairs and colons. */
export type MacAddress = Brand<string, "MacAddress">;

const MAC = /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/;

/** Accepts upper and lower case and "-"; undefined if `text` is no Ethernet address. */
export function parseMac(text: string): MacAddress | undefined {
  const canonical = text.toLowerCase().replaceAll("-", ":");
  return MAC.test(canonical) ? (canonical as MacAddress) : undefined;
}

/** The address of six bytes. */
export function macFromBytes(bytes: Uint8Array): MacAddress {
  return Array.from(bytes.subarray(0, 6), (b) => b.toString(16).padStart(2, "0")).join(
    ":",
  ) as MacAddress;
}

export function macToBytes(mac: MacAddress): Uint8Array {
  return Uint8Array.from(mac.split(":"), (pair) => Number.parseInt(pair, 16));
}

/** A locally administered unicast address (IEEE 802 section 8.4) made of six bytes of chance. */
export function randomMac(bytes: Uint8Array): MacAddress {
  const local = Uint8Array.from(bytes);
  local[0] = ((local[0] ?? 0) & 0xfc) | 0x02;
  return macFromBytes(local);
}

/** The link-local address that a host makes of its Ethernet address by itself (RFC 4291 appendix A). */
export function linkLocalOf(mac: MacAddress): Ipv6Address {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = macToBytes(mac);
  const interfaceId = [a ^ 0x02, b, c, 0xff, 0xfe, d, e, f];
  return ipFromBytes(Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, ...interfaceId)) as Ipv6Address;
}
