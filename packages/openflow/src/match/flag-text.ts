import type { Masked } from "./value-text.ts";

type FlagKind = "ctState" | "tcpFlags" | "tunFlags";

/** Flag names from the least significant bit up (ovs-fields(7)). */
const flagNames: Readonly<Record<FlagKind, readonly string[]>> = {
  ctState: ["new", "est", "rel", "rpl", "inv", "trk", "snat", "dnat"],
  tcpFlags: [
    "fin",
    "syn",
    "rst",
    "psh",
    "ack",
    "urg",
    "ece",
    "cwr",
    "ns",
    "[200]",
    "[400]",
    "[800]",
  ],
  tunFlags: ["oam"],
};

/** As in `+trk-new`: each bit that counts, set or not. A value that counts whole has no signs. */
export function formatFlags(kind: FlagKind, value: bigint, mask: bigint | undefined): string {
  return mask === undefined ? whole(kind, value) : signed(kind, value, mask);
}

/** Also `0x12/0x3f`; undefined for a flag that does not exist. */
export function parseFlags(kind: FlagKind, text: string): Masked | undefined {
  const numbers = /^(0x[0-9a-f]+|\d+)(?:\/(0x[0-9a-f]+|\d+))?$/i.exec(text);
  if (numbers) {
    const value = BigInt(numbers[1] ?? 0);
    if (numbers[2] === undefined) return exactly(kind, value);
    return { value: value & BigInt(numbers[2]), mask: BigInt(numbers[2]) };
  }
  return /^[+-]/.test(text) ? parseSigned(kind, text) : parseWhole(kind, text);
}

function signed(kind: FlagKind, value: bigint, mask: bigint): string {
  return bits(mask)
    .map((bit) => ((value >> BigInt(bit)) & 1n ? "+" : "-") + nameOf(kind, bit))
    .join("");
}

function whole(kind: FlagKind, value: bigint): string {
  if (value === 0n) return "0";
  return bits(value)
    .map((bit) => nameOf(kind, bit))
    .join("|");
}

function parseSigned(kind: FlagKind, text: string): Masked | undefined {
  let value = 0n;
  let mask = 0n;
  for (const [, sign, name] of text.matchAll(/([+-])([^+-]+)/g)) {
    const bit = flagNames[kind].indexOf(name ?? "");
    if (bit < 0) return undefined;
    mask |= 1n << BigInt(bit);
    if (sign === "+") value |= 1n << BigInt(bit);
  }
  return { value, mask };
}

function parseWhole(kind: FlagKind, text: string): Masked | undefined {
  let value = 0n;
  for (const name of text.split("|")) {
    const bit = flagNames[kind].indexOf(name);
    if (bit < 0) return undefined;
    value |= 1n << BigInt(bit);
  }
  return exactly(kind, value);
}

/** Without signs all flags count: of ct_state those that exist, in fewer bits than the field has. */
function exactly(kind: FlagKind, value: bigint): Masked {
  return kind === "ctState" ? { value, mask: 0xffn } : { value };
}

function nameOf(kind: FlagKind, bit: number): string {
  return flagNames[kind][bit] ?? `0x${(1n << BigInt(bit)).toString(16)}`;
}

function bits(mask: bigint): readonly number[] {
  const found: number[] = [];
  for (let bit = 0, rest = mask; rest !== 0n; bit++, rest >>= 1n) if (rest & 1n) found.push(bit);
  return found;
}
