import assert from "node:assert/strict";
import type { Lab } from "@antrea/lab";
import { ping } from "./cluster.ts";

const carried = "icmp or icmp6 or udp port 6081 or udp port 4789 or proto gre or ip6 proto gre";

/** What carried echoes from a Pod to an address on the fabric's links: a tunnel, nothing ("bare"), or no link at all. */
export async function carriersOf(
  lab: Lab,
  { from, to, device = "any", filter = carried }: CarriedEcho,
): Promise<readonly string[]> {
  assert.equal(await ping(lab, from.name, to), 3, `${from.name} reaches ${to}`);
  await using capture = await lab.capture({ device, filter });
  assert.equal(await ping(lab, from.name, to), 3, `${from.name} reaches ${to}`);
  const seen = (await capture.stop()).flatMap(({ carrier, inner }) => {
    const ends: readonly string[] = inner ? [inner.source, inner.destination] : [];
    return ends.includes(from.address) && ends.includes(to) ? [carrier] : [];
  });
  return [...new Set(seen)].sort();
}

export interface CarriedEcho {
  readonly from: { readonly name: string; readonly address: string };
  readonly to: string;
  /** A device of the fabric's namespace. */
  readonly device?: string;
  readonly filter?: string;
}
