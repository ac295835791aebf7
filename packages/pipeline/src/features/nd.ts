import { invariant } from "@antrea/base";
import { type IpAddress, type MacAddress, parseCidr } from "@antrea/net";
import type { Action, FieldMatch, FieldName } from "@antrea/openflow/flow";
import * as of from "@antrea/openflow/flow";

/** ICMPv6 types of neighbour discovery, from router solicitation to redirect (RFC 4861 section 4). */
export const ndTypes = [133, 134, 135, 136, 137] as const;

/** Addresses that are good on one link only: none is ever forwarded (RFC 4291 section 2.5.6). */
export const linkLocal = network("fe80::/10");
/** All of IPv6 multicast (RFC 4291 section 2.7). */
export const multicast = network("ff00::/8");

/**
 * A solicitation as its sender may send it: from the link itself (hop limit 255, RFC 4861 section
 * 7.1.1), with its own Ethernet address as sender and in the option that asks for the answer.
 * Duplicate detection has no such option, and gets no answer: nobody else has the address.
 */
export function solicitation(mac: MacAddress): readonly FieldMatch[] {
  return [of.ethSrc(mac), of.icmpv6Type(solicit), of.icmpv6Code(0), of.ipTtl(255), of.ndSll(mac)];
}

/** "I am at `mac`", said by who has the address (RFC 4861 section 4.4). */
export function ownAdvertisement(mac: MacAddress, address: IpAddress): readonly FieldMatch[] {
  return [
    of.ethSrc(mac),
    of.icmpv6Type(advertise),
    of.icmpv6Code(0),
    of.ipTtl(255),
    of.ipSrc(address),
    of.ndTarget(address),
    of.ndTll(mac),
  ];
}

/** Any solicitation, about this target. */
export function question(target: IpAddress): readonly FieldMatch[] {
  return [of.icmpv6Type(solicit), of.ndTarget(target)];
}

/** What makes an advertisement of a solicitation, for a later table to fill in. */
export function asAdvertisement(): readonly Action[] {
  return [of.setField("icmpv6_type", advertise), of.setField("nd_options_type", targetLinkAddress)];
}

/** A solicitation that `asAdvertisement` has changed, about this target or any. */
export function advertisement(target?: IpAddress): readonly FieldMatch[] {
  return [of.icmpv6Type(advertise), ...(target === undefined ? [] : [of.ndTarget(target)])];
}

/** Answers that the target is at `mac`, and sends it back where it came from (RFC 4861 section 7.2.4). */
export function answerNd(
  mac: MacAddress,
  { isRouter }: { readonly isRouter: boolean },
): readonly Action[] {
  const copy = (from: FieldName, to: FieldName) => of.move(of.subfield(from), of.subfield(to));
  return [
    copy("eth_src", "eth_dst"),
    of.setEthSrc(mac),
    copy("ipv6_src", "ipv6_dst"),
    copy("nd_target", "ipv6_src"),
    of.setField("nd_reserved", solicited + override + (isRouter ? router : 0)),
    of.setField("nd_tll", of.macNumber(mac)),
    of.inPortOutput(),
  ];
}

const solicit = 135;
const advertise = 136;
/** Option "target link-layer address" (RFC 4861 section 4.6.1). */
const targetLinkAddress = 2;
/** Flags of an advertisement, in its word after the checksum (RFC 4861 section 4.4). */
const router = 0x8000_0000;
const solicited = 0x4000_0000;
const override = 0x2000_0000;

function network(text: string) {
  const cidr = parseCidr(text);
  invariant(cidr, `${text} is a network`);
  return cidr;
}
