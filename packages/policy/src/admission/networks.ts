import type { IpBlockSpec } from "@antrea/api";
import {
  type Cidr,
  cidrAddress,
  cidrContains,
  cidrsOverlap,
  type IpAddress,
  prefixLengthOf,
} from "@antrea/net";
import { quote, type Refusal, refusal } from "./refusal.ts";

const multicast = ["224.0.0.0/4", "ff00::/8"] as Cidr[];

/** By its first address: 0.0.0.0/0 is not. */
export function isMulticast(cidr: Cidr): boolean {
  return multicast.some((all) => cidrContains(all, cidrAddress(cidr)));
}

export function* ipBlockRefusals(
  { cidr, except = [] }: IpBlockSpec,
  at: string,
): Generator<Refusal> {
  for (const [i, part] of except.entries())
    if (!isStrictPart(part, cidr))
      yield refusal(
        `${at}.except[${i}]`,
        `is ${quote(part)}`,
        `must be a smaller network inside ${at}.cidr, which is ${cidr}`,
      );
}

function isStrictPart(part: Cidr, whole: Cidr): boolean {
  return cidrsOverlap(part, whole) && prefixLengthOf(part) > prefixLengthOf(whole);
}

export function isMulticastAddress(address: IpAddress): boolean {
  return multicast.some((all) => cidrContains(all, address));
}
