import type { IpFamily } from "@antrea/net";
import type { NumberedService } from "../named-ports.ts";

/** What kind of traffic, as text of nft(8); of TCP alone, or with more. */
export interface ServiceMatch {
  readonly text: string;
  readonly isTcp: boolean;
}

/** Undefined where the family has no such traffic. */
export function serviceMatch(service: NumberedService, family: IpFamily): ServiceMatch | undefined {
  switch (service.protocol) {
    case "ICMP":
      return { text: icmpText(service, family), isTcp: false };
    case "IGMP":
      return family === "ipv4" ? { text: igmpText(service), isTcp: false } : undefined;
    default:
      return { text: portText(service), isTcp: service.protocol === "TCP" };
  }
}

type Of<P extends NumberedService["protocol"]> = Extract<NumberedService, { readonly protocol: P }>;

function portText({ protocol, port, endPort, srcPort, srcEndPort }: Of<"TCP" | "UDP" | "SCTP">) {
  const name = protocol.toLowerCase();
  const ports = [
    ...rangeText(`${name} dport`, port, endPort),
    ...rangeText(`${name} sport`, srcPort, srcEndPort),
  ];
  return ports.length > 0 ? ports.join(" ") : `meta l4proto ${name}`;
}

function rangeText(field: string, first: number | undefined, last = first): readonly string[] {
  if (first === undefined || last === undefined) return [];
  return [`${field} ${first === last ? first : `${first}-${last}`}`];
}

function icmpText({ icmpType, icmpCode }: Of<"ICMP">, family: IpFamily): string {
  const name = family === "ipv4" ? "icmp" : "icmpv6";
  const fields = [
    ...(icmpType === undefined ? [] : [`${name} type ${icmpType}`]),
    ...(icmpCode === undefined ? [] : [`${name} code ${icmpCode}`]),
  ];
  return fields.length > 0 ? fields.join(" ") : `meta l4proto ${name}`;
}

/** The group is where the packet goes, as it is for Pods. */
function igmpText({ igmpType, groupAddress }: Of<"IGMP">): string {
  const type = igmpType === undefined ? "meta l4proto igmp" : `igmp type ${igmpType}`;
  return groupAddress === undefined ? type : `${type} ip daddr ${groupAddress}`;
}
