import type { Masked } from "./value-text.ts";

/** Bit 1: any fragment. Bit 2: not the first one (ovs-fields(7), `ip_frag`). */
const fragments: readonly (readonly [name: string, value: bigint, mask: bigint])[] = [
  ["no", 0n, 3n],
  ["first", 1n, 3n],
  ["later", 3n, 3n],
  ["no", 0n, 1n],
  ["yes", 1n, 1n],
  ["later", 2n, 2n],
  ["not_later", 0n, 2n],
];

export function formatFragment(value: bigint, mask: bigint): string {
  return fragments.find(([, v, m]) => v === value && m === mask)?.[0] ?? "<error>";
}

export function parseFragment(text: string): Masked | undefined {
  const found = fragments.find(([name]) => name === text);
  return found && { value: found[1], mask: found[2] };
}
