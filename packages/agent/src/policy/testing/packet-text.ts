import { familyOf, type IpAddress } from "@antrea/net";
import { podNumber, policyNode } from "@antrea/pipeline/testing";
import type { Packet } from "@antrea/policy/reference";

/** The Pods that `policySwitch()` has ports for. */
export const slots = [1, 2, 3].map(podNumber);

export function slotOf(address: IpAddress) {
  return slots.find((one) => one.addresses.includes(address));
}

const numbers = { TCP: 6, UDP: 17, SCTP: 132 } as const;

/** A first packet as its Pod sends it, in the words of `ovs-dpctl`; undefined for what has no ports. */
export function packetText({ source, destination, traffic }: Packet): string | undefined {
  const from = slotOf(source);
  if (!from || !("destinationPort" in traffic)) return undefined;
  const { protocol, sourcePort, destinationPort } = traffic;
  const ends = `src=${source},dst=${destination}`;
  const ip =
    familyOf(source) === "ipv6"
      ? `eth_type(0x86dd),ipv6(${ends},label=0,proto=${numbers[protocol]},tclass=0,hlimit=64,frag=no)`
      : `eth_type(0x0800),ipv4(${ends},proto=${numbers[protocol]},tos=0,ttl=64,frag=no)`;
  const ports = `${protocol.toLowerCase()}(src=${sourcePort},dst=${destinationPort})`;
  const syn = protocol === "TCP" ? ",tcp_flags(syn)" : "";
  return `eth(src=${from.mac},dst=${policyNode.gateway.mac}),${ip},${ports}${syn}`;
}
