import {
  type AgentConfig,
  type LinkChoice,
  linkChoiceOf,
  linkOptionsOf,
  type NetworkSettings,
  type NodeView,
} from "@antrea/api";
import {
  findTransport,
  type HostNetwork,
  type ObservedHost,
  type TransportInterface,
} from "@antrea/linux";
import type { Cidr, InterfaceAddress, MacAddress } from "@antrea/net";
import { gatewayAddress } from "../pods/ipam.ts";
import { prefixLengthOf } from "@antrea/net";

/** The link to other Nodes, as found on this machine. */
export interface Transport {
  readonly device: string;
  readonly mtu: number;
  readonly mac: MacAddress;
  readonly addresses: readonly InterfaceAddress[];
}

/** Finds the transport interface that the configuration means; throws a sentence that says what to set. */
export function discoverTransport(
  host: ObservedHost,
  node: NodeView,
  config: Pick<AgentConfig, "transportInterface" | "transportInterfaceCIDRs">,
): Transport {
  const found: TransportInterface = findTransport(host, {
    ...(config.transportInterface === "" ? {} : { transportInterface: config.transportInterface }),
    transportInterfaceCIDRs: config.transportInterfaceCIDRs,
    nodeAddresses: [...node.internalIps, ...node.externalIps],
  });
  if (!found.mac)
    throw new Error(
      `Interface "${found.device}" has no Ethernet address; Nodes are joined by Ethernet`,
    );
  return {
    device: found.device,
    mtu: found.mtu,
    mac: found.mac,
    addresses: [found.ipv4, found.ipv6].filter((address) => address !== undefined),
  };
}

/** The link that each of these settings means, by what chooses it; throws as above. */
export function discoverLinks(
  host: ObservedHost,
  node: NodeView,
  settings: readonly NetworkSettings[],
): ReadonlyMap<LinkChoice, Transport> {
  return new Map(
    settings.map((one) => [linkChoiceOf(one), discoverTransport(host, node, linkOptionsOf(one))]),
  );
}

/**
 * Whether the kernel takes routes from router advertisements on this device, and would stop to once
 * it forwards: `accept_ra` 1 (ip-sysctl.rst of Linux).
 */
export async function heedsRouters(host: HostNetwork, device: string): Promise<boolean> {
  const [acceptRa, forwarding] = ["accept_ra", "forwarding"].map(
    (name) => `net/ipv6/conf/${device}/${name}`,
  ) as [string, string];
  const { sysctls } = await host.observe({ sysctls: [acceptRa, forwarding] });
  return sysctls.get(acceptRa) === "1" && sysctls.get(forwarding) === "0";
}

/** The gateway's addresses: the first of each Pod CIDR, on its link. */
export function gatewayAddresses(podCidrs: readonly Cidr[]): readonly InterfaceAddress[] {
  return podCidrs.map((cidr) => ({
    address: gatewayAddress(cidr),
    prefixLength: prefixLengthOf(cidr),
  }));
}

/** Which datapath this machine can have: the one asked for, or the other with a reason. */
export function chooseDatapath(
  wanted: "system" | "netdev",
  offered: ReadonlySet<string>,
): { readonly type: "system" | "netdev"; readonly warning?: string } {
  if (offered.has(wanted) || offered.size === 0) return { type: wanted };
  const other = wanted === "system" ? "netdev" : "system";
  return {
    type: other,
    warning: `ovsDatapathType ${wanted} is not offered by Open vSwitch on this machine, going on with ${other}`,
  };
}
