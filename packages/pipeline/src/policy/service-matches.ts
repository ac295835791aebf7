import type { IpFamily } from "@antrea/net";
import type { FieldMatch, FieldName } from "@antrea/openflow/flow";
import * as of from "@antrea/openflow/flow";
import type { RuleAction } from "@antrea/policy";
import { firstFragment, noFragment } from "./fragments.ts";
import { type MaskedPort, maskedPorts } from "./port-ranges.ts";
import type { FlowService } from "./rule.ts";

type PortService = Extract<FlowService, { readonly port?: number | undefined }>;
type IcmpService = Extract<FlowService, { readonly protocol: "ICMP" }>;
type IgmpService = Extract<FlowService, { readonly protocol: "IGMP" }>;

/**
 * The matches of a service, one family. No fragment has ports or types to a flow: where these matter,
 * a second match asks conntrack for those of the first one, which stands for its datagram.
 */
export function serviceMatches(
  service: FlowService,
  family: IpFamily,
  action: RuleAction,
): readonly (readonly FieldMatch[])[] {
  switch (service.protocol) {
    case "ICMP":
      return icmpMatches(service, family);
    case "IGMP":
      return family === "ipv4" ? igmpMatches(service, action) : [];
    default:
      return portMatches(service, family);
  }
}

const portFields = {
  TCP: { proto: "tcp", src: "tcp_src", dst: "tcp_dst" },
  UDP: { proto: "udp", src: "udp_src", dst: "udp_dst" },
  SCTP: { proto: "sctp", src: "sctp_src", dst: "sctp_dst" },
} as const;

function portMatches(service: PortService, family: IpFamily): readonly (readonly FieldMatch[])[] {
  const { proto, src, dst } = portFields[service.protocol];
  const protocol = [of.ethType(family), of.ipProto(proto)];
  const sources = portsOf(service.srcPort, service.srcEndPort);
  const destinations = portsOf(service.port, service.endPort);
  const whole = product(protocol, [src, sources], [dst, destinations]);
  // conntrack has no ports of SCTP, which does not fragment what it sends anyway
  if (service.protocol === "SCTP" || (!sources && !destinations)) return whole;
  const inPieces = firstPieceOf(family, proto);
  return [
    ...wholeOnly(whole, protocol.length),
    ...product(inPieces, ["ct_tp_src", sources], ["ct_tp_dst", destinations]),
  ];
}

function firstPieceOf(family: IpFamily, protocol: Parameters<typeof of.ipProto>[0]): FieldMatch[] {
  return [
    of.ethType(family),
    firstFragment,
    of.ctState("+new+trk"),
    of.fieldMatch("ct_nw_proto", of.ipProto(protocol).value),
  ];
}

type Choice = readonly [FieldName, readonly MaskedPort[] | undefined];

function product(base: readonly FieldMatch[], ...choices: readonly Choice[]) {
  return choices.reduce<readonly (readonly FieldMatch[])[]>(
    (matches, [field, values]) =>
      values
        ? matches.flatMap((match) => values.map((value) => [...match, portIs(field, value)]))
        : matches,
    [base],
  );
}

/** A flow sees zeros in a fragment where ports and types are: one that takes zeros must not take it for that. */
function wholeOnly(matches: readonly (readonly FieldMatch[])[], protocolFields: number) {
  return matches.map((match) =>
    match.slice(protocolFields).every(({ value }) => value === 0n) ? [...match, noFragment] : match,
  );
}

function portIs(field: FieldName, { value, mask }: MaskedPort): FieldMatch {
  return of.fieldMatch(field, BigInt(value), BigInt(mask));
}

/** Undefined: any. */
function portsOf(first: number | undefined, last = first): readonly MaskedPort[] | undefined {
  return first === undefined || last === undefined ? undefined : maskedPorts(first, last);
}

function icmpMatches({ icmpType, icmpCode }: IcmpService, family: IpFamily) {
  const proto = family === "ipv4" ? "icmp" : "icmpv6";
  const [type, code] =
    family === "ipv4"
      ? (["icmp_type", "icmp_code"] as const)
      : (["icmpv6_type", "icmpv6_code"] as const);
  const value = (n: number | undefined, bits: number) =>
    n === undefined ? undefined : [{ value: n, mask: bits }];
  const protocol = [of.ethType(family), of.ipProto(proto)];
  const whole = product(protocol, [type, value(icmpType, 0xff)], [code, value(icmpCode, 0xff)]);
  if (icmpType === undefined && icmpCode === undefined) return whole;
  const inPieces = firstPieceOf(family, proto);
  return [
    ...wholeOnly(whole, protocol.length),
    ...product(
      inPieces,
      ["ct_tp_src", value(icmpType, 0xffff)],
      ["ct_tp_dst", value(icmpCode, 0xffff)],
    ),
  ];
}

/** Flows cannot match a type of IGMP: what allows one only allows nothing, what denies one denies all. */
function igmpMatches({ igmpType, groupAddress }: IgmpService, action: RuleAction) {
  const permits = action === "Allow" || action === "Pass";
  if (permits && igmpType !== undefined) return [];
  const base = [of.ethType("ipv4"), of.ipProto(2)];
  return [groupAddress ? [...base, of.ipDst(groupAddress)] : base];
}
