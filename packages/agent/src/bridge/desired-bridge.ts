import type { AgentConfig } from "@antrea/api";
import type { IpFamily, MacAddress } from "@antrea/net";
import type { DesiredPort, DesiredState, PortRow } from "@antrea/ovsdb";
import { tableNames } from "@antrea/pipeline";

/** OpenFlow port numbers of the Node's own ports, as Antrea has them; Pods get numbers below. */
export const fixedPorts = { tunnel: 32768, gateway: 32769, uplink: 32770 } as const;

/** The external ID of a bridge that an agent made. */
export const ourBridge = "antrea-bridge";

/** What each port of ours is, as its `antrea-type` says. */
export type PortKind = "container" | "retired" | "gateway" | "tunnel" | "uplink";

export const tunnelPortName = "antrea-tun0";

/** UDP destination ports by default (RFC 8926, RFC 7348); GRE has none. */
const defaultUdpPorts = { geneve: 6081, vxlan: 4789, gre: undefined } as const;

export function tunnelUdpPort({
  tunnelType,
  tunnelPort,
}: Pick<AgentConfig, "tunnelType" | "tunnelPort">): number | undefined {
  return tunnelPort === 0 ? defaultUdpPorts[tunnelType] : tunnelPort;
}

export interface BridgeInput {
  readonly config: AgentConfig;
  readonly gatewayMac: MacAddress;
  readonly transportDevice: string;
  /** Of the gateway, in bytes. */
  readonly mtu: number;
  /** The datapath in force, which may not be the one asked for. */
  readonly datapathType: "system" | "netdev";
  /** Of the tunnels' outer packets. */
  readonly tunnelFamily: IpFamily;
  /** Ports of Pods that are there already and stay. */
  readonly podPorts: ReadonlyMap<string, DesiredPort>;
}

/**
 * Whether a tunnel port is of use: a Node of the userspace datapath whose uplink is the kernel's alone, or
 * with user-space TSO, cannot carry tunnels. All others take them in every mode, so that a mode changes
 * without a lost packet.
 */
export function hasTunnelPort(config: AgentConfig, datapathType: "system" | "netdev"): boolean {
  return datapathType === "system" || (config.uplinkPath === "ovs" && !config.userspaceTSO);
}

/** Whether the bridge reads the transport device (ADR 2). */
export function isUplinkShared(config: AgentConfig, datapathType: "system" | "netdev"): boolean {
  return datapathType === "netdev" && config.uplinkPath === "ovs";
}

/** The bridge with the Node's own ports, and the Pods' ports that are kept. */
export function desiredBridge(input: BridgeInput): DesiredState {
  const { config, gatewayMac, transportDevice, mtu, datapathType, podPorts } = input;
  const ports = new Map<string, DesiredPort>(podPorts);
  ports.set(config.hostGateway, {
    interfaceType: "internal",
    ofPortRequest: fixedPorts.gateway,
    mac: gatewayMac,
    // else Open vSwitch would give it the smallest MTU of all ports
    mtuRequest: mtu,
    externalIds: { "antrea-type": "gateway" },
  });
  if (hasTunnelPort(config, datapathType)) ports.set(tunnelPortName, tunnelPort(input));
  if (isUplinkShared(config, datapathType)) {
    ports.set(transportDevice, {
      ofPortRequest: fixedPorts.uplink,
      externalIds: { "antrea-type": "uplink" },
    });
  }
  return {
    bridge: {
      name: config.ovsBridge,
      datapathType,
      failMode: "secure",
      // 1.5 is ours; ovs-ofctl speaks 1.0 to people who name no version
      protocols: ["OpenFlow10", "OpenFlow13", "OpenFlow14", "OpenFlow15"],
      externalIds: { [ourBridge]: "true" },
      flowTableNames: tableNames,
    },
    ports,
    owns: isOurs,
  };
}

/** The Pods' ports among those of a bridge, and the others, which are the Node's own. */
export function podPortsOf({ ports }: DesiredState): ReadonlyMap<string, DesiredPort> {
  return new Map([...ports].filter(([, port]) => isPodPort(port)));
}
export function fixedPortsOf({ ports }: DesiredState): ReadonlyMap<string, DesiredPort> {
  return new Map([...ports].filter(([, port]) => !isPodPort(port)));
}
function isPodPort({ externalIds }: DesiredPort): boolean {
  return externalIds?.["antrea-type"] === "container";
}

/** Only ports that say what they are to us are ever changed or removed. */
export function isOurs(port: PortRow): boolean {
  return port.external_ids.has("antrea-type");
}

function tunnelPort({ config, datapathType, tunnelFamily }: BridgeInput): DesiredPort {
  const udpPort = tunnelUdpPort(config);
  // Linux has another kind of device for each IP family of GRE, and one for both of the others
  const isIp6Gre =
    config.tunnelType === "gre" && datapathType === "system" && tunnelFamily === "ipv6";
  const interfaceType = isIp6Gre ? "ip6gre" : config.tunnelType;
  const prefix = interfaceType === "geneve" ? "genev" : interfaceType;
  const device = udpPort === undefined ? `${prefix}_sys` : `${prefix}_sys_${udpPort}`;
  return {
    interfaceType,
    ofPortRequest: fixedPorts.tunnel,
    options: {
      key: "flow",
      remote_ip: "flow",
      ...(udpPort === undefined || config.tunnelPort === 0 ? {} : { dst_port: String(udpPort) }),
      ...(config.tunnelCsum ? { csum: "true" } : {}),
    },
    externalIds: { "antrea-type": "tunnel" },
    // the kernel device of this tunnel, under the name that people look for
    otherConfig: { "datapath-device": device },
  };
}
