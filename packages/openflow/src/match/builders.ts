import { invariant } from "@antrea/base";
import {
  type Cidr,
  cidrAddress,
  familyOf,
  type IpAddress,
  ipToBigInt,
  type L4Port,
  type MacAddress,
  maskOf,
  type OfPort,
} from "@antrea/net";
import { type FieldName, fieldOf } from "./fields.ts";
import { parseFlags } from "./flag-text.ts";
import { type FieldMatch, fieldMatch } from "./match.ts";
import { etherTypes, ipProtocols } from "./prerequisites.ts";
import type { RegIndex, XregIndex, XxregIndex } from "./registers.ts";
import type { Subfield } from "./subfield.ts";

/** An address, or all addresses of a network. */
export type AddressOrCidr = IpAddress | Cidr;

/** A MAC as the number of its 48 bits, for `setField`. */
export function macNumber(mac: MacAddress): bigint {
  return BigInt(`0x${mac.replaceAll(":", "")}`);
}

/** Bits of a field have this value; counted from the field's least significant bit. */
export function bitsAre({ field, offset, bits }: Subfield, value: bigint | number): FieldMatch {
  const mask = (1n << BigInt(bits)) - 1n;
  invariant((BigInt(value) & ~mask) === 0n, `${value} fits ${bits} bits of ${field}`);
  return fieldMatch(field, BigInt(value) << BigInt(offset), mask << BigInt(offset));
}

export const inPort = (port: OfPort): FieldMatch => number("in_port_oxm", port);
export const ethType = (type: keyof typeof etherTypes | number): FieldMatch =>
  number("eth_type", typeof type === "number" ? type : etherTypes[type]);
export const ethSrc = (mac: MacAddress, mask?: MacAddress): FieldMatch =>
  macs("eth_src", mac, mask);
export const ethDst = (mac: MacAddress, mask?: MacAddress): FieldMatch =>
  macs("eth_dst", mac, mask);

/** Tagged with this VLAN. */
export const vlanId = (id: number): FieldMatch => number("vlan_vid", id | 0x1000);
/** Without a VLAN tag. */
export const untagged = (): FieldMatch => number("vlan_vid", 0);
/** With any VLAN tag. */
export const tagged = (): FieldMatch => fieldMatch("vlan_vid", 0x1000n, 0x1000n);
export const vlanPriority = (priority: number): FieldMatch => number("vlan_pcp", priority);

/** Either family; implies `eth_type`. */
export const ipSrc = (address: AddressOrCidr): FieldMatch => ip("ip_src", "ipv6_src", address);
export const ipDst = (address: AddressOrCidr): FieldMatch => ip("ip_dst", "ipv6_dst", address);
export const ipProto = (protocol: keyof typeof ipProtocols | number): FieldMatch =>
  number("nw_proto", typeof protocol === "number" ? protocol : ipProtocols[protocol]);
/** The upper six bits of the TOS octet or traffic class. */
export const ipDscp = (dscp: number): FieldMatch => number("ip_dscp", dscp);
export const ipTtl = (ttl: number): FieldMatch => number("nw_ttl", ttl);

export const arpOp = (operation: "request" | "reply" | number): FieldMatch =>
  number("arp_op", operation === "request" ? 1 : operation === "reply" ? 2 : operation);
export const arpSpa = (address: AddressOrCidr): FieldMatch => address4("arp_spa", address);
export const arpTpa = (address: AddressOrCidr): FieldMatch => address4("arp_tpa", address);
export const arpSha = (mac: MacAddress): FieldMatch => macs("arp_sha", mac);
export const arpTha = (mac: MacAddress): FieldMatch => macs("arp_tha", mac);

export const tcpSrc = (port: L4Port | number, mask?: number) => number("tcp_src", port, mask);
export const tcpDst = (port: L4Port | number, mask?: number) => number("tcp_dst", port, mask);
export const udpSrc = (port: L4Port | number, mask?: number) => number("udp_src", port, mask);
export const udpDst = (port: L4Port | number, mask?: number) => number("udp_dst", port, mask);
export const sctpSrc = (port: L4Port | number, mask?: number) => number("sctp_src", port, mask);
export const sctpDst = (port: L4Port | number, mask?: number) => number("sctp_dst", port, mask);
/** As in "+syn-ack". */
export const tcpFlags = (flags: string): FieldMatch => flagMatch("tcp_flags", "tcpFlags", flags);
export const icmpType = (type: number): FieldMatch => number("icmp_type", type);
export const icmpCode = (code: number): FieldMatch => number("icmp_code", code);
export const icmpv6Type = (type: number): FieldMatch => number("icmpv6_type", type);
export const icmpv6Code = (code: number): FieldMatch => number("icmpv6_code", code);
export const ndTarget = (address: AddressOrCidr): FieldMatch =>
  ip("nd_target", "nd_target", address);
/** The Ethernet address that a neighbour solicitation gives as its sender's. */
export const ndSll = (mac: MacAddress): FieldMatch => macs("nd_sll", mac);
/** The Ethernet address that a neighbour advertisement gives for its target. */
export const ndTll = (mac: MacAddress): FieldMatch => macs("nd_tll", mac);

/** As in "+trk+new-inv". */
export const ctState = (flags: string): FieldMatch => flagMatch("ct_state", "ctState", flags);
export const ctZone = (zone: number): FieldMatch => number("ct_zone", zone);
export const ctMark = (value: number, mask?: number): FieldMatch => number("ct_mark", value, mask);
export const ctLabel = (value: bigint, mask?: bigint): FieldMatch =>
  fieldMatch("ct_label", value, mask);
/** The addresses with which the packet's connection began. */
export const ctIpSrc = (address: AddressOrCidr): FieldMatch =>
  ip("ct_nw_src", "ct_ipv6_src", address);
export const ctIpDst = (address: AddressOrCidr): FieldMatch =>
  ip("ct_nw_dst", "ct_ipv6_dst", address);

export const reg = (index: RegIndex, value: number, mask?: number): FieldMatch =>
  number(`reg${index}`, value, mask);
export const xreg = (index: XregIndex, value: bigint, mask?: bigint): FieldMatch =>
  fieldMatch(`xreg${index}`, value, mask);
export const xxreg = (index: XxregIndex, value: bigint, mask?: bigint): FieldMatch =>
  fieldMatch(`xxreg${index}`, value, mask);
export const pktMark = (value: number, mask?: number): FieldMatch =>
  number("pkt_mark", value, mask);
export const conjId = (id: number): FieldMatch => number("conj_id", id);
export const metadata = (value: bigint, mask?: bigint): FieldMatch =>
  fieldMatch("metadata", value, mask);

/** Either family. */
export const tunSrc = (address: AddressOrCidr): FieldMatch =>
  ip("tun_src", "tun_ipv6_src", address);
export const tunDst = (address: AddressOrCidr): FieldMatch =>
  ip("tun_dst", "tun_ipv6_dst", address);
export const tunId = (id: bigint | number): FieldMatch => fieldMatch("tun_id", BigInt(id));

function number(field: FieldName, value: number, mask?: number): FieldMatch {
  return fieldMatch(
    field,
    BigInt(value >>> 0),
    mask === undefined ? undefined : BigInt(mask >>> 0),
  );
}

function macs(field: FieldName, mac: MacAddress, mask?: MacAddress): FieldMatch {
  return fieldMatch(field, macNumber(mac), mask && macNumber(mask));
}

function ip(v4: FieldName, v6: FieldName, address: AddressOrCidr): FieldMatch {
  const [first, mask] = addressAndMask(address);
  return fieldMatch(familyOf(first) === "ipv4" ? v4 : v6, ipToBigInt(first), mask);
}

function address4(field: FieldName, address: AddressOrCidr): FieldMatch {
  const [first, mask] = addressAndMask(address);
  invariant(familyOf(first) === "ipv4", `${address} is an IPv4 address, as ARP has`);
  return fieldMatch(field, ipToBigInt(first), mask);
}

function addressAndMask(address: AddressOrCidr): readonly [IpAddress, bigint | undefined] {
  if (!address.includes("/")) return [address as IpAddress, undefined];
  return [cidrAddress(address as Cidr), ipToBigInt(maskOf(address as Cidr))];
}

function flagMatch(field: FieldName, kind: "ctState" | "tcpFlags", text: string): FieldMatch {
  const parsed = parseFlags(kind, text);
  invariant(parsed !== undefined, `"${text}" says flags of ${field}`);
  return fieldMatch(field, parsed.value, parsed.mask ?? fieldOf(field).exact);
}
