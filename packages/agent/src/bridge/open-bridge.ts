import { type ChangeLog, invariant, type Logger } from "@antrea/base";
import type { DesiredState } from "@antrea/ovsdb";
import type { OvsdbClient } from "@antrea/ovsdb/io";
import { familyOf, type IpFamily } from "@antrea/net";
import type { NodeNetwork } from "@antrea/pipeline";
import { gatewayAddresses } from "../node/discovery.ts";
import type { ThisNode } from "../node/this-node.ts";
import { gatewayMac, podPortsToKeep, setUpBridge } from "./bridge-setup.ts";
import { desiredBridge, tunnelPortName } from "./desired-bridge.ts";

/** Paths are chosen by the first address: see `pathTo`. */
function tunnelFamilyOf({ addresses: [first] }: ThisNode["transport"]): IpFamily {
  invariant(first, "a transport interface has an address");
  return familyOf(first.address);
}

/** Makes the bridge and the Node's own ports as desired, and says what flows depend on. */
export async function openBridge(
  ovsdb: OvsdbClient,
  node: ThisNode,
  {
    randomBytes,
    log,
    changes,
    signal,
  }: {
    readonly randomBytes: (size: number) => Uint8Array;
    readonly log: Logger;
    readonly changes: ChangeLog;
    readonly signal: AbortSignal;
  },
): Promise<{ readonly network: NodeNetwork; readonly desired: DesiredState }> {
  const { config, transport, datapathType, isUplinkShared, hasTunnel, view } = node;
  const desired = desiredBridge({
    config,
    gatewayMac: gatewayMac(ovsdb.replica, config.hostGateway, randomBytes),
    transportDevice: transport.device,
    mtu: node.mtu,
    datapathType,
    tunnelFamily: tunnelFamilyOf(transport),
    podPorts: podPortsToKeep(ovsdb.replica),
  });
  const tunnels = hasTunnel ? [tunnelPortName] : [];
  const needsTunnels = config.trafficEncapMode !== "noEncap";
  const fixed = [
    config.hostGateway,
    ...(needsTunnels ? tunnels : []),
    ...(isUplinkShared ? [transport.device] : []),
  ];
  const spare = needsTunnels ? [] : tunnels;
  const ports = await setUpBridge(ovsdb, desired, { fixed, spare }, { signal, log, changes });
  const gateway = ports.get(config.hostGateway);
  invariant(gateway, "setUpBridge() opens every port that it is given");
  const tunnel = ports.get(tunnelPortName);
  const uplink = ports.get(transport.device);
  const network: NodeNetwork = {
    answersNd: datapathType === "netdev",
    podCidrs: view.podCidrs,
    gateway: { ...gateway, addresses: gatewayAddresses(view.podCidrs) },
    tunnel: tunnel && {
      type: config.tunnelType,
      ofPort: tunnel.ofPort,
      udpPort: node.tunnelUdpPort,
    },
    uplink: uplink && { ofPort: uplink.ofPort, mac: transport.mac, addresses: transport.addresses },
  };
  return { network, desired };
}
