import type { IpAddress, IpFamily, MacAddress, OfPort } from "@antrea/net";

/** A packet to trace, as far as it was said. */
export interface ImaginedPacket {
  readonly port: OfPort | string;
  readonly family: IpFamily;
  /** What a person wrote, in the words of ovs-fields(7); goes before all that follows from the rest. */
  readonly flow: string;
  readonly sourceMac?: MacAddress | undefined;
  readonly destinationMac?: MacAddress | undefined;
  readonly source?: IpAddress | undefined;
  readonly destination?: IpAddress | undefined;
}

const named = /^(?:ip|tcp|udp|icmp|sctp|arp|eth_type|dl_type)/;

/** The packet in the words of ovs-fields(7), for `ofproto/trace`. */
export function packetText(packet: ImaginedPacket): string {
  const flow = inFamily(named.test(packet.flow) ? packet.flow : `ip,${packet.flow}`, packet.family);
  const given = new Set(flow.split(",").map((part) => part.split("=", 1)[0]?.trim()));
  const fields = fieldsOf(flow)(packet);
  const rest = fields.flatMap(([name, value]) =>
    value === undefined || given.has(name) ? [] : [`${name}=${value}`],
  );
  return [`in_port=${packet.port}`, flow, ...rest].join(",");
}

function fieldsOf(flow: string): (packet: ImaginedPacket) => Fields {
  if (/^arp\b/.test(flow)) return arpFields;
  return /\bicmpv6_type=135\b/.test(flow) ? solicitationFields : ipFields;
}

/** The name of a protocol as it is called over IPv6: `tcp6` for `tcp`. */
function inFamily(flow: string, family: IpFamily): string {
  if (family === "ipv4") return flow;
  return flow.replace(/^(ip|tcp|udp|icmp|sctp)(?=,|$)/, (name) =>
    name === "ip" ? "ipv6" : `${name}6`,
  );
}

type Fields = readonly (readonly [name: string, value: string | number | undefined])[];

function ipFields(packet: ImaginedPacket): Fields {
  const { family, sourceMac, destinationMac, source, destination } = packet;
  const prefix = family === "ipv4" ? "nw" : "ipv6";
  return [
    ["dl_src", sourceMac],
    ["dl_dst", destinationMac],
    [`${prefix}_src`, source],
    [`${prefix}_dst`, destination],
    ["nw_ttl", 64],
  ];
}

/** A request: who has `destination`? */
function arpFields({ sourceMac, source, destination }: ImaginedPacket): Fields {
  return [
    ["dl_src", sourceMac],
    ["dl_dst", "ff:ff:ff:ff:ff:ff"],
    ["arp_op", 1],
    ["arp_sha", sourceMac],
    ["arp_spa", source],
    ["arp_tpa", destination],
  ];
}

/** A neighbour solicitation (RFC 4861 section 4.3): who has `destination`? */
function solicitationFields({ sourceMac, source, destination }: ImaginedPacket): Fields {
  return [
    ["dl_src", sourceMac],
    ["dl_dst", "33:33:00:00:00:01"],
    ["ipv6_src", source],
    ["ipv6_dst", "ff02::1"],
    ["nw_ttl", 255],
    ["nd_target", destination],
    ["nd_sll", sourceMac],
  ];
}
