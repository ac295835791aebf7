import type { AntreaPort, AntreaProtocol, KubernetesPolicyPort } from "@antrea/api";
import { parseIp } from "@antrea/net";
import type { PortProtocol, RuleService } from "../model.ts";

/**
 * Services in the form that agents enforce. What stands for no traffic at all, such as a range that
 * ends before it begins, is left out: a list that had members and has none now is for no traffic,
 * unlike one that was empty, which is for all.
 */
export function kubernetesServices(ports: readonly KubernetesPolicyPort[]): readonly RuleService[] {
  return ports.flatMap(({ protocol = "TCP", ...range }) => portService(protocol, range));
}

export function antreaServices(
  ports: readonly AntreaPort[],
  protocols: readonly AntreaProtocol[],
): readonly RuleService[] {
  return [
    ...ports.flatMap(({ protocol = "TCP", sourcePort, sourceEndPort, ...range }) =>
      isRange(sourcePort, sourceEndPort)
        ? portService(protocol, range).map((service) => ({
            ...service,
            ...given("srcPort", sourcePort),
            ...given("srcEndPort", sourceEndPort),
          }))
        : [],
    ),
    ...protocols.flatMap(protocolService),
  ];
}

/** A name may be one of a port of any protocol. */
export function namedServices(port: string): readonly RuleService[] {
  return (["TCP", "UDP", "SCTP"] as const).map((protocol) => ({ protocol, port }));
}

export function portService(
  protocol: PortProtocol,
  range: { readonly port?: number | string | undefined; readonly endPort?: number | undefined },
): readonly RuleService[] {
  const { port, endPort } = range;
  if (!isRange(port, endPort)) return [];
  return [{ protocol, ...given("port", port), ...given("endPort", endPort) }];
}

function isRange(first: number | string | undefined, last: number | undefined): boolean {
  return last === undefined || (typeof first === "number" && first <= last);
}

function protocolService({ icmp, igmp }: AntreaProtocol): readonly RuleService[] {
  if (icmp)
    return [
      {
        protocol: "ICMP",
        ...given("icmpType", icmp.icmpType),
        ...given("icmpCode", icmp.icmpCode),
      },
    ];
  if (!igmp) return [];
  const group = igmp.groupAddress === undefined ? undefined : parseIp(igmp.groupAddress);
  if (igmp.groupAddress !== undefined && !group) return [];
  return [
    { protocol: "IGMP", ...given("igmpType", igmp.igmpType), ...given("groupAddress", group) },
  ];
}

/** The member, where there is a value: what is not said does not travel. */
function given<const K extends string, V>(
  key: K,
  value: V | undefined,
): { readonly [name in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [name in K]?: V });
}
