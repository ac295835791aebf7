import {
  type AgentConfig,
  formOfTunnel,
  interfaceNames,
  type NetworkForm,
  type NetworkSettings,
  tunnelUdpPort,
} from "@antrea/api";
import { invariant } from "@antrea/base";
import type { IpFamily, MacAddress } from "@antrea/net";
import type { DesiredPort, DesiredState, PortRow } from "@antrea/ovsdb";
import { tableNames } from "@antrea/pipeline";

/** OpenFlow port numbers of the Node's own ports, as Antrea has them; Pods get numbers below. */
export const fixedPorts = {
  gateway: 32769,
  uplinks: [32770, 32773, 32774],
  tunnels: [32768, 32771, 32772],
} as const;

/** The external ID of a bridge that an agent made. */
export const ourBridge = "antrea-bridge";

/** What each port of ours is, as its `antrea-type` says. */
export type PortKind = "container" | "retired" | "gateway" | "tunnel" | "uplink";

/**
 * The Node's tunnel. The others are there while the type of tunnels changes, and the one that stays keeps
 * its name; all three only where a change is replaced by another one before it is over.
 */
export const tunnelPortNames = [interfaceNames.tunnel, "antrea-tun1", "antrea-tun2"] as const;
export type TunnelPortName = (typeof tunnelPortNames)[number];

/** The forms of tunnels that a Node has, each with its port's name. */
export type TunnelPorts = ReadonlyMap<NetworkForm, TunnelPortName>;

/** Gives each form of tunnel a port: the one that it has, or a free one. There are three at most. */
export function assignTunnelPorts(
  settings: readonly NetworkSettings[],
  existing: TunnelPorts,
): TunnelPorts {
  const forms = [...new Set(settings.map(formOfTunnel))];
  const kept = forms.flatMap((form) => {
    const name = existing.get(form);
    return name ? [[form, name] as const] : [];
  });
  const assigned = new Map<NetworkForm, TunnelPortName>(kept);
  for (const form of forms) {
    if (assigned.has(form)) continue;
    const taken = [...assigned.values()];
    const free = tunnelPortNames.find((name) => !taken.includes(name));
    invariant(free, "a Node has three forms of tunnels at most");
    assigned.set(form, free);
  }
  return assigned;
}

/** The links that the bridge shares, each with the number of its port. */
export type UplinkPorts = ReadonlyMap<string, number>;

/** Gives each link a port's number: the one that it has, or a free one. There are three at most, one for each of the settings in force. */
export function assignUplinkPorts(devices: readonly string[], existing: UplinkPorts): UplinkPorts {
  const taken = devices.flatMap((device) => existing.get(device) ?? []);
  const free = fixedPorts.uplinks.filter((number) => !taken.includes(number));
  return new Map(
    devices.map((device) => {
      const number = existing.get(device) ?? free.shift();
      invariant(number, "a Node has three links to others at most");
      return [device, number];
    }),
  );
}

export interface BridgeInput {
  readonly config: AgentConfig;
  /** The settings whose tunnels are taken. */
  readonly accepted: readonly NetworkSettings[];
  /** Which ports of tunnels there are already. */
  readonly tunnelPorts: TunnelPorts;
  readonly gatewayMac: MacAddress;
  /** The links to other Nodes. */
  readonly transportDevices: readonly string[];
  /** Which of them have ports already, or others that are not needed any more. */
  readonly uplinkPorts: UplinkPorts;
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
  const { config, gatewayMac, mtu, datapathType, podPorts } = input;
  const ports = new Map<string, DesiredPort>(podPorts);
  ports.set(config.hostGateway, {
    interfaceType: "internal",
    ofPortRequest: fixedPorts.gateway,
    mac: gatewayMac,
    // else Open vSwitch would give it the smallest MTU of all ports
    mtuRequest: mtu,
    externalIds: { "antrea-type": "gateway" },
  });
  if (hasTunnelPort(config, datapathType)) {
    for (const [form, name] of assignTunnelPorts(input.accepted, input.tunnelPorts)) {
      const settings = input.accepted.findLast((one) => formOfTunnel(one) === form);
      if (settings) ports.set(name, tunnelPort(settings, tunnelOfPort(name), input));
    }
  }
  if (isUplinkShared(config, datapathType)) {
    for (const [device, ofPortRequest] of assignUplinkPorts(
      input.transportDevices,
      input.uplinkPorts,
    ))
      ports.set(device, { ofPortRequest, externalIds: { "antrea-type": "uplink" } });
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
  const type = externalIds?.["antrea-type"];
  return type === "container" || type === "retired";
}

/** Only ports that say what they are to us are ever changed or removed. */
export function isOurs(port: PortRow): boolean {
  return port.external_ids.has("antrea-type");
}

/** The OpenFlow number that a tunnel's port asks for. */
export function tunnelOfPort(name: TunnelPortName): number {
  const number = fixedPorts.tunnels[tunnelPortNames.indexOf(name)];
  invariant(number, "every port of a tunnel has a number");
  return number;
}

function tunnelPort(
  config: NetworkSettings,
  ofPortRequest: number,
  { datapathType, tunnelFamily }: BridgeInput,
): DesiredPort {
  const udpPort = tunnelUdpPort(config);
  // Linux has another kind of device for each IP family of GRE, and one for both of the others
  const isIp6Gre =
    config.tunnelType === "gre" && datapathType === "system" && tunnelFamily === "ipv6";
  const interfaceType = isIp6Gre ? "ip6gre" : config.tunnelType;
  const prefix = interfaceType === "geneve" ? "genev" : interfaceType;
  const device = udpPort === undefined ? `${prefix}_sys` : `${prefix}_sys_${udpPort}`;
  return {
    interfaceType,
    ofPortRequest,
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
