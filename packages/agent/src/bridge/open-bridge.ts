import { formOfTunnel, type NetworkSettings, tunnelUdpPort } from "@antrea/api";
import { type ChangeLog, invariant, type Logger } from "@antrea/base";
import { cidrFamily, familyOf, type IpFamily, ofPort } from "@antrea/net";
import type { DesiredState, Replica } from "@antrea/ovsdb";
import type { OvsdbClient } from "@antrea/ovsdb/io";
import { type NodeNetwork, type Tunnel, type Uplink, uplinksOf } from "@antrea/pipeline";
import { gatewayAddresses } from "../node/discovery.ts";
import { type ThisNode, transportsOf } from "../node/this-node.ts";
import {
  gatewayMac,
  type OpenPort,
  openPort,
  podPortsToKeep,
  setUpBridge,
  tunnelPortsOf,
  uplinkPortsOf,
} from "./bridge-setup.ts";
import {
  assignTunnelPorts,
  assignUplinkPorts,
  desiredBridge,
  tunnelOfPort,
  type TunnelPorts,
} from "./desired-bridge.ts";

/** The bridge as it should be, and what flows of it depend on. */
export interface OpenedBridge {
  readonly desired: DesiredState;
  readonly network: NodeNetwork;
}

export interface OpenBridgeOptions {
  readonly randomBytes: (size: number) => Uint8Array;
  readonly log: Logger;
  readonly changes: ChangeLog;
  readonly signal: AbortSignal;
}

/** Paths are chosen by the first address: see `pathTo`. */
function tunnelFamilyOf({ addresses: [first] }: ThisNode["transport"]): IpFamily {
  invariant(first, "a transport interface has an address");
  return familyOf(first.address);
}

/** Makes the bridge and the Node's own ports as desired, and says what flows depend on. */
export async function openBridge(
  ovsdb: OvsdbClient,
  node: ThisNode,
  { randomBytes, log, changes, signal }: OpenBridgeOptions,
): Promise<OpenedBridge> {
  const desired = bridgeOf(ovsdb.replica, node, randomBytes);
  const tunnels = node.hasTunnel ? [...tunnelsOf(ovsdb.replica, node).values()] : [];
  const needsTunnels = node.config.trafficEncapMode !== "noEncap";
  const fixed = [
    node.config.hostGateway,
    ...(needsTunnels ? tunnels : []),
    ...(node.isUplinkShared ? transportsOf(node).map(({ device }) => device) : []),
  ];
  const spare = needsTunnels ? [] : tunnels;
  const ports = await setUpBridge(ovsdb, desired, { fixed, spare }, { signal, log, changes });
  return { desired, network: networkOf(ovsdb.replica, node, ports) };
}

/**
 * The bridge of a Node whose shared settings have changed: `settle` has the switch make the ports that
 * it always has as desired. Rejects where one of them cannot be opened.
 */
export async function reopenBridge(
  replica: Replica,
  node: ThisNode,
  {
    settle,
    randomBytes,
    signal,
  }: Pick<OpenBridgeOptions, "randomBytes" | "signal"> & {
    readonly settle: (desired: DesiredState) => Promise<void>;
  },
): Promise<OpenedBridge> {
  const desired = bridgeOf(replica, node, randomBytes);
  await settle(desired);
  const ports = new Map<string, OpenPort>();
  for (const name of desired.ports.keys()) ports.set(name, await openPort(replica, name, signal));
  return { desired, network: networkOf(replica, node, ports) };
}

/** The network of this Node once a change to these settings is over, with the ports that it will have asked for. */
export function networkAfter(
  network: NodeNetwork,
  node: ThisNode,
  { left, existing }: { readonly left: readonly NetworkSettings[]; readonly existing: TunnelPorts },
): NodeNetwork {
  const { accepted } = node.stance;
  const ports = assignTunnelPorts([...left, ...accepted], existing);
  const tunnels = node.hasTunnel ? accepted.map((one) => plannedTunnel(one, ports)) : [];
  return {
    ...network,
    tunnels,
    uplink: node.isUplinkShared ? plannedUplink(network, node) : undefined,
  };
}

/** The link that is sent by then: the port that it has, or the one that it will ask for. */
function plannedUplink(network: NodeNetwork, { transport }: ThisNode): Uplink {
  const { device, mac, addresses } = transport;
  const existing = new Map<string, number>(
    uplinksOf(network).map((one) => [one.device, one.ofPort]),
  );
  const number = assignUplinkPorts([...existing.keys(), device], existing).get(device);
  invariant(number, "every link has a port");
  return { device, ofPort: ofPort(number), mac, addresses };
}

function plannedTunnel(settings: NetworkSettings, ports: TunnelPorts): Tunnel {
  const form = formOfTunnel(settings);
  const name = ports.get(form);
  invariant(name, "every form of tunnel has a port");
  const port = ofPort(tunnelOfPort(name));
  return { form, type: settings.tunnelType, ofPort: port, udpPort: tunnelUdpPort(settings) };
}

function bridgeOf(
  replica: Replica,
  node: ThisNode,
  randomBytes: OpenBridgeOptions["randomBytes"],
): DesiredState {
  const { config, transport, datapathType, stance } = node;
  return desiredBridge({
    config,
    accepted: stance.accepted,
    tunnelPorts: tunnelPortsOf(replica),
    gatewayMac: gatewayMac(replica, config.hostGateway, randomBytes),
    transportDevices: transportsOf(node).map(({ device }) => device),
    uplinkPorts: uplinkPortsOf(replica, config.ovsBridge),
    mtu: node.mtu.link,
    datapathType,
    tunnelFamily: tunnelFamilyOf(transport),
    podPorts: podPortsToKeep(replica),
  });
}

function tunnelsOf(replica: Replica, { stance }: ThisNode): TunnelPorts {
  return assignTunnelPorts(stance.accepted, tunnelPortsOf(replica));
}

function networkOf(
  replica: Replica,
  node: ThisNode,
  ports: ReadonlyMap<string, OpenPort>,
): NodeNetwork {
  const { config, datapathType, view, stance } = node;
  const gateway = ports.get(config.hostGateway);
  invariant(gateway, "every port of the bridge has been opened");
  const [uplink, ...otherUplinks] = transportsOf(node).flatMap(({ device, mac, addresses }) => {
    const port = ports.get(device);
    return port ? [{ device, ofPort: port.ofPort, mac, addresses }] : [];
  });
  // what new peers are sent by stands first
  const settings = [...stance.preferred, ...stance.accepted];
  const tunnels = [...tunnelsOf(replica, node)].flatMap(([form, name]): Tunnel[] => {
    const port = ports.get(name);
    const one = settings.find((each) => formOfTunnel(each) === form);
    if (!port || !one) return [];
    return [
      {
        form: formOfTunnel(one),
        type: one.tunnelType,
        ofPort: port.ofPort,
        udpPort: tunnelUdpPort(one),
      },
    ];
  });
  return {
    answersNd: datapathType === "netdev",
    podCidrs: view.podCidrs,
    serviceCidrs: node.serviceCidrs.filter((cidr) =>
      view.podCidrs.some((own) => cidrFamily(own) === cidrFamily(cidr)),
    ),
    gateway: { ...gateway, addresses: gatewayAddresses(view.podCidrs) },
    tunnels,
    uplink,
    ...(otherUplinks.length > 0 ? { otherUplinks } : {}),
  };
}
