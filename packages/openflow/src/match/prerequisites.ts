import { absurd } from "@antrea/base";
import type { Prerequisite } from "./field.ts";
import { type FieldName, fieldOf } from "./fields.ts";
import type { FieldMatch } from "./match.ts";

/** EtherTypes that a match or an action may name. */
export const etherTypes = {
  ipv4: 0x0800,
  arp: 0x0806,
  rarp: 0x8035,
  vlan: 0x8100,
  ipv6: 0x86dd,
  mpls: 0x8847,
  mplsMulticast: 0x8848,
  qinq: 0x88a8,
  nsh: 0x894f,
} as const;

/** IP protocol numbers that a match may name. */
export const ipProtocols = {
  icmp: 1,
  igmp: 2,
  tcp: 6,
  udp: 17,
  icmpv6: 58,
  sctp: 132,
} as const;

const ethType = (name: keyof typeof etherTypes): FieldMatch => ({
  field: "eth_type",
  value: BigInt(etherTypes[name]),
});
const protocol = (name: keyof typeof ipProtocols): FieldMatch => ({
  field: "nw_proto",
  value: BigInt(ipProtocols[name]),
});

const implied: Readonly<Record<Prerequisite, readonly FieldMatch[]>> = {
  ipv4: [ethType("ipv4")],
  ipv6: [ethType("ipv6")],
  ip: [],
  arp: [ethType("arp")],
  mpls: [],
  vlan: [],
  tcp: [protocol("tcp")],
  udp: [protocol("udp")],
  sctp: [protocol("sctp")],
  icmp: [ethType("ipv4"), protocol("icmp")],
  icmpv6: [ethType("ipv6"), protocol("icmpv6")],
  nd: [ethType("ipv6"), protocol("icmpv6")],
  ndSolicit: [ethType("ipv6"), protocol("icmpv6"), { field: "icmpv6_type", value: 135n }],
  ndAdvert: [ethType("ipv6"), protocol("icmpv6"), { field: "icmpv6_type", value: 136n }],
  ct: [],
  nsh: [ethType("nsh")],
};

/** The conditions without which `field` does not exist, as far as they are determined. */
export function impliedBy(field: FieldName): readonly FieldMatch[] {
  const { needs } = fieldOf(field);
  return needs === undefined ? [] : implied[needs];
}

/** A sentence about the first field whose prerequisite the match leaves open. */
export function missingPrerequisite(match: ReadonlyMap<FieldName, FieldMatch>): string | undefined {
  for (const { field } of match.values()) {
    const { needs } = fieldOf(field);
    if (needs && !holds(needs, match)) return `A match on ${field} also says ${wanted(needs)}`;
  }
  return undefined;
}

function holds(needs: Prerequisite, match: ReadonlyMap<FieldName, FieldMatch>): boolean {
  const type = match.get("eth_type")?.value;
  const isIp = type === BigInt(etherTypes.ipv4) || type === BigInt(etherTypes.ipv6);
  switch (needs) {
    case "ip":
      return isIp;
    case "tcp":
    case "udp":
    case "sctp":
      return isIp && !isLaterFragment(match);
    case "mpls":
      return type === BigInt(etherTypes.mpls) || type === BigInt(etherTypes.mplsMulticast);
    case "vlan":
      return ((match.get("vlan_vid")?.value ?? 0n) & 0x1000n) !== 0n;
    case "ct":
      return isIp;
    case "nd":
      return [135n, 136n].includes(match.get("icmpv6_type")?.value ?? 0n);
    case "ipv4":
    case "ipv6":
    case "arp":
    case "icmp":
    case "icmpv6":
    case "ndSolicit":
    case "ndAdvert":
    case "nsh":
      return true; // implied, so they are there
    default:
      return absurd(needs);
  }
}

/** Only the first fragment of a packet has ports. */
function isLaterFragment(match: ReadonlyMap<FieldName, FieldMatch>): boolean {
  return ((match.get("ip_frag")?.value ?? 0n) & 2n) !== 0n;
}

function wanted(needs: Prerequisite): string {
  switch (needs) {
    case "vlan":
      return "vlan_vid with a tag present";
    case "mpls":
      return "eth_type mpls";
    case "nd":
      return "icmpv6_type 135 or 136";
    default:
      return "eth_type ipv4 or ipv6, and no later fragment";
  }
}
