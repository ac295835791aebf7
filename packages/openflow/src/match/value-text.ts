import { absurd } from "@antrea/base";
import { ipFromBigInt, ipToBigInt, parseIp, parseMac } from "@antrea/net";
import { formatPort, type Names, parsePort } from "../names.ts";
import type { FieldText } from "./field.ts";
import type { Field } from "./fields.ts";
import { formatFlags, parseFlags } from "./flag-text.ts";
import { formatFragment, parseFragment } from "./fragment-text.ts";

/** A value and the bits of it that count. */
export interface Masked {
  readonly value: bigint;
  /** Absent: all bits. */
  readonly mask?: bigint | undefined;
}

/** As `set_field` and `learn` print it. */
export function formatValue(field: Field, { value, mask }: Masked, names: Names): string {
  switch (field.text) {
    case "hex":
      return mask === undefined ? hex(value) : `${hex(value)}/${hex(mask)}`;
    case "decimal":
      return mask === undefined ? `${value}` : `${value}/${hex(mask)}`;
    case "mac":
      return mask === undefined ? macText(value) : `${macText(value)}/${macText(mask)}`;
    case "ipv4":
    case "ipv6":
      return addressText(field.text, value, mask);
    case "port":
      return formatPort(Number(value), names);
    case "ctState":
    case "tcpFlags":
    case "tunFlags":
      return formatFlags(field.text, value, mask);
    case "frag":
      return formatFragment(value, mask ?? 3n);
    case "packetType":
      return `(${value >> 16n},0x${(value & 0xffffn).toString(16)})`;
    default:
      return absurd(field.text);
  }
}

/** Reads what `formatValue` writes, and the other spellings that ovs-ofctl takes; undefined if it cannot. */
export function parseValue(field: Field, text: string, names: Names): Masked | undefined {
  const parsed = parseText(field.text, text, names);
  if (parsed === undefined) return undefined;
  const mask = parsed.mask === undefined ? field.exact : parsed.mask & field.exact;
  const value = parsed.value & mask;
  if (value < 0n || (parsed.value & ~field.exact) !== 0n) return undefined;
  return mask === field.exact ? { value } : { value, mask };
}

/** Zero has no prefix. */
export function hex(value: bigint): string {
  return value === 0n ? "0" : `0x${value.toString(16)}`;
}

/** A number in decimal or, after 0x, in hexadecimal. */
export function parseInteger(text: string): bigint | undefined {
  return /^(?:\d+|0x[0-9a-f]+)$/i.test(text) ? BigInt(text) : undefined;
}

function parseText(kind: FieldText, text: string, names: Names): Masked | undefined {
  switch (kind) {
    case "hex":
    case "decimal":
      return parseMasked(text, parseInteger);
    case "mac":
      return parseMasked(text, macValue);
    case "ipv4":
    case "ipv6":
      return parseAddress(kind, text);
    case "port": {
      const port = parsePort(text, names);
      return port === undefined ? undefined : { value: BigInt(port) };
    }
    case "ctState":
    case "tcpFlags":
    case "tunFlags":
      return parseFlags(kind, text);
    case "frag":
      return parseFragment(text);
    case "packetType": {
      const parts = /^\((\d+),(0x[0-9a-f]+|\d+)\)$/.exec(text);
      return parts ? { value: (BigInt(parts[1] ?? 0) << 16n) | BigInt(parts[2] ?? 0) } : undefined;
    }
    default:
      return absurd(kind);
  }
}

function parseMasked(
  text: string,
  parse: (part: string) => bigint | undefined,
): Masked | undefined {
  const [valueText = "", maskText, ...rest] = text.split("/");
  const value = parse(valueText);
  if (value === undefined || rest.length > 0) return undefined;
  if (maskText === undefined) return { value };
  const mask = parse(maskText) ?? parseInteger(maskText);
  return mask === undefined ? undefined : { value: value & mask, mask };
}

function macText(value: bigint): string {
  return value
    .toString(16)
    .padStart(12, "0")
    .replaceAll(/..(?!$)/g, "$&:");
}

function macValue(text: string): bigint | undefined {
  const mac = parseMac(text);
  return mac && BigInt(`0x${mac.replaceAll(":", "")}`);
}

const addressBits = { ipv4: 32n, ipv6: 128n } as const;

function addressText(family: "ipv4" | "ipv6", value: bigint, mask: bigint | undefined): string {
  const address = ipFromBigInt(value, family);
  if (mask === undefined) return address;
  const bits = addressBits[family];
  const hostBits = (1n << bits) - 1n - mask;
  const isCidr = (hostBits & (hostBits + 1n)) === 0n;
  if (!isCidr) return `${address}/${ipFromBigInt(mask, family)}`;
  return `${address}/${bits - BigInt(hostBits.toString(2).length) + (hostBits === 0n ? 1n : 0n)}`;
}

function parseAddress(family: "ipv4" | "ipv6", text: string): Masked | undefined {
  const [addressPart = "", maskPart, ...rest] = text.split("/");
  const address = parseIp(addressPart);
  if (!address || rest.length > 0 || address.includes(":") !== (family === "ipv6"))
    return undefined;
  const value = ipToBigInt(address);
  if (maskPart === undefined) return { value };
  const mask = addressMask(family, maskPart);
  return mask === undefined ? undefined : { value: value & mask, mask };
}

function addressMask(family: "ipv4" | "ipv6", text: string): bigint | undefined {
  const bits = addressBits[family];
  if (/^\d{1,3}$/.test(text)) {
    const length = BigInt(text);
    return length > bits ? undefined : (1n << bits) - (1n << (bits - length));
  }
  const mask = parseIp(text);
  return mask && mask.includes(":") === (family === "ipv6") ? ipToBigInt(mask) : undefined;
}
