import { cidrFamily, cidrOf, familyOf, type IpAddress, prefixLengthOf } from "@antrea/net";
import { type FlowService, type PolicyFlowRule, prefixesOf } from "@antrea/pipeline";
import type { RuleAction } from "@antrea/policy";
import type { LiveConnection } from "./live-connection.ts";

/** Whether an address is one of a rule's peers: a look-up for each length of prefix that the rule has. */
export function peerMatcher(peer: PolicyFlowRule["peer"]): (address: IpAddress) => boolean {
  const addresses = new Set(peer.addresses);
  const prefixes = { ipv4: new Map<number, Set<string>>(), ipv6: new Map<number, Set<string>>() };
  for (const cidr of peer.ipBlocks.flatMap(prefixesOf)) {
    const byLength = prefixes[cidrFamily(cidr)];
    const length = prefixLengthOf(cidr);
    const those = byLength.get(length) ?? new Set<string>();
    byLength.set(length, those.add(cidr));
  }
  return (address) => {
    if (addresses.has(address)) return true;
    for (const [length, those] of prefixes[familyOf(address)])
      if (length === 0 || those.has(cidrOf(address, length))) return true;
    return false;
  };
}

const numbers = { TCP: 6, UDP: 17, SCTP: 132 } as const;
const igmp = 2;

/** Whether a rule's services speak of a connection, as the flows of a rule with this action would. */
export function carries(
  services: PolicyFlowRule["services"],
  connection: LiveConnection,
  action: RuleAction,
): boolean {
  return services === "all" || services.some((service) => isOf(service, connection, action));
}

function isOf(service: FlowService, connection: LiveConnection, action: RuleAction): boolean {
  switch (service.protocol) {
    case "ICMP":
      return isIcmp(service, connection);
    case "IGMP": {
      // flows cannot tell its types
      const isSure = service.igmpType === undefined || action === "Drop" || action === "Reject";
      const isGroup = [undefined, connection.destination].includes(service.groupAddress);
      return connection.protocol === igmp && isSure && isGroup;
    }
    default:
      return (
        connection.protocol === numbers[service.protocol] &&
        isWithin(connection.destinationPort, service.port, service.endPort) &&
        isWithin(connection.sourcePort, service.srcPort, service.srcEndPort)
      );
  }
}

function isIcmp(
  { icmpType, icmpCode }: Extract<FlowService, { protocol: "ICMP" }>,
  { protocol, source, icmp }: LiveConnection,
): boolean {
  return (
    protocol === (familyOf(source) === "ipv4" ? 1 : 58) &&
    [undefined, icmp?.type].includes(icmpType) &&
    [undefined, icmp?.code].includes(icmpCode)
  );
}

function isWithin(port: number, first: number | undefined, last = first): boolean {
  return first === undefined || last === undefined || (first <= port && port <= last);
}
