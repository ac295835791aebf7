import { familyOf } from "@antrea/net";
import { type AddressBody, addressFlag } from "../netlink/address.ts";
import { addressFamily } from "../netlink/rtnetlink.ts";
import type { DeviceNames } from "./device-names.ts";
import type { LinkAddress } from "./state.ts";

/** Undefined for an address without address bytes, which no kernel sends for IP. */
export function readAddress(body: AddressBody, names: DeviceNames): LinkAddress | undefined {
  const { local, address, flags = body.flags } = body.attributes;
  const own = local ?? address;
  if (own === undefined) return undefined;
  return {
    device: names.nameOf(body.index),
    address: own,
    prefixLength: body.prefixLength,
    ...((flags & addressFlag.NOPREFIXROUTE) !== 0 && { withoutPrefixRoute: true }),
  };
}

/** IPv6 addresses skip duplicate detection: who gives them out makes sure that they are unique. */
export function writeAddress(index: number, entry: LinkAddress): AddressBody {
  const family = familyOf(entry.address);
  const isIpv6 = family === "ipv6";
  const flags =
    (isIpv6 ? addressFlag.NODAD : 0) | (entry.withoutPrefixRoute ? addressFlag.NOPREFIXROUTE : 0);
  return {
    family: addressFamily[family],
    prefixLength: entry.prefixLength,
    flags: 0,
    scope: 0,
    index,
    attributes: { address: entry.address, local: entry.address, ...(flags && { flags }) },
  };
}
