import {
  type ChangeCause,
  type ChangeLog,
  invariant,
  type Logger,
  noChangeLog,
  type SentChange,
} from "@antrea/base";
import { type MacAddress, type OfPort, ofPort, parseMac, randomMac } from "@antrea/net";
import {
  bridgeTable,
  configure,
  type DesiredPort,
  type DesiredState,
  describeOperations,
  interfaceTable,
  planBridge,
  planBridgeRemoval,
  portTable,
  type Replica,
  waitFor,
} from "@antrea/ovsdb";
import type { OvsdbClient } from "@antrea/ovsdb/io";
import { nodeOwner } from "@antrea/pipeline";
import { type PortRecord, findPortOwner } from "../pods/interface-store.ts";
import {
  ourBridge,
  type TunnelPortName,
  type TunnelPorts,
  tunnelPortNames,
  type UplinkPorts,
} from "./desired-bridge.ts";
import { formOfTunnel, type NetworkForm, tunnelTypes } from "@antrea/api";

/** Writes down a change of the bridge and of the Node's own ports, told line by line. */
export function sendingBridge(
  changes: ChangeLog,
  details: readonly string[],
  cause: ChangeCause,
): SentChange {
  const count = (sign: string): number => details.filter((line) => line.startsWith(sign)).length;
  return changes.sending({
    kind: "bridge",
    owner: nodeOwner,
    cause,
    added: count("+"),
    modified: count("~"),
    removed: count("-"),
    details,
  });
}

/** A port of the Node itself, as ovs-vswitchd opened it. */
export interface OpenPort {
  readonly ofPort: OfPort;
  readonly mac: MacAddress;
}

/** The Node's own ports, by name. */
export interface OwnPorts {
  readonly fixed: readonly string[];
  /** Those that it can do without: in `noEncap` a kernel need not have the tunnel's module. */
  readonly spare: readonly string[];
}

/** Applies the desired bridge and waits until ovs-vswitchd has opened the Node's own ports. */
export async function setUpBridge(
  client: OvsdbClient,
  desired: DesiredState,
  { fixed, spare }: OwnPorts,
  {
    signal,
    log,
    changes = noChangeLog,
  }: { readonly signal: AbortSignal; readonly log: Logger; readonly changes?: ChangeLog },
): Promise<ReadonlyMap<string, OpenPort>> {
  const operations = planBridge(client.replica, desired);
  if (operations.length > 0) {
    const change = describeOperations(client.replica, operations);
    log.info("Changing the bridge", { bridge: desired.bridge.name, change });
    const sent = sendingBridge(changes, change, "wanted");
    await configure(client, operations, { signal });
    sent.confirmed();
  }
  // a bridge whose name was configured otherwise has given its ports up by now
  for (const name of ourBridges(client.replica).filter((name) => name !== desired.bridge.name)) {
    log.info("Removing the bridge of an earlier configuration", { bridge: name });
    await configure(client, planBridgeRemoval(client.replica, name), { signal });
  }
  const ports = new Map<string, OpenPort>();
  for (const name of fixed) ports.set(name, await openPort(client.replica, name, signal));
  for (const name of spare)
    try {
      ports.set(name, await openPort(client.replica, name, signal));
    } catch (error) {
      signal.throwIfAborted();
      log.warn("Going on without a port that this mode does not need", { port: name, err: error });
    }
  return ports;
}

/** Which forms of tunnels the switch has by now, and on which ports. */
export function tunnelPortsOf(replica: Replica): TunnelPorts {
  const found = tunnelPortNames.flatMap((name) => {
    const row = replica.findBy(interfaceTable, "name", name);
    const tunnelType = tunnelTypes.find((type) => type === row?.type.replace("ip6gre", "gre"));
    if (!row || !tunnelType) return [];
    const tunnelPort = Number(row.options.get("dst_port") ?? 0);
    return [[formOfTunnel({ tunnelType, tunnelPort }), name] as const];
  });
  return new Map<NetworkForm, TunnelPortName>(found);
}

/** The links that the bridge shares by now, with the numbers that their ports have asked for. */
export function uplinkPortsOf(replica: Replica, bridge: string): UplinkPorts {
  const uplinks = portRecords(replica, bridge).filter(
    ({ externalIds }) => externalIds.get("antrea-type") === "uplink",
  );
  return new Map(
    uplinks.flatMap(({ name }) => {
      const number = replica.findBy(interfaceTable, "name", name)?.ofport_request;
      return number === undefined ? [] : [[name, number]];
    }),
  );
}

/** Resolves once ovs-vswitchd has opened the port; rejects with its reason if it cannot. */
export async function openPort(
  replica: Replica,
  name: string,
  signal: AbortSignal,
): Promise<OpenPort> {
  return waitFor(
    replica,
    () => {
      const row = replica.findBy(interfaceTable, "name", name);
      if (row?.error !== undefined)
        throw new Error(`ovs-vswitchd could not open port ${name}: ${row.error}`);
      if (!row || row.ofport === undefined || row.ofport < 1) return undefined;
      // `mac_in_use` follows what was asked for only after a while
      const mac = parseMac(row.mac ?? row.mac_in_use ?? "");
      return mac && { ofPort: ofPort(row.ofport), mac };
    },
    { signal },
  );
}

/** The gateway's Ethernet address: the one it has, so that a restart changes nothing, or a new one. */
export function gatewayMac(
  replica: Replica,
  gateway: string,
  randomBytes: (size: number) => Uint8Array,
): MacAddress {
  const row = replica.findBy(interfaceTable, "name", gateway);
  return parseMac(row?.mac ?? "") ?? randomMac(randomBytes(6));
}

/** Every port of the bridge, with what ovs-vswitchd says of it. */
export function portRecords(replica: Replica, bridge: string): readonly PortRecord[] {
  const row = replica.findBy(bridgeTable, "name", bridge);
  if (!row) return [];
  return [...row.ports].flatMap((uuid) => {
    const port = replica.find(portTable, uuid);
    const link = port && replica.findBy(interfaceTable, "name", port.name);
    return port
      ? [
          {
            name: port.name,
            externalIds: port.external_ids,
            ofport: link?.ofport,
            error: link?.error,
          },
        ]
      : [];
  });
}

/** The bridges that an agent made here, under whatever name. */
function ourBridges(replica: Replica): readonly string[] {
  return [...replica.rows(bridgeTable).values()]
    .filter(({ external_ids }) => external_ids.get(ourBridge) === "true")
    .map(({ name }) => name);
}

/**
 * The Pods' ports as they are, so that planning the bridge leaves them alone, or brings them along from one
 * of another name; those of Pods that are gone too: they are removed with all that is left of these.
 */
export function podPortsToKeep(replica: Replica): ReadonlyMap<string, DesiredPort> {
  const kept = ourBridges(replica)
    .flatMap((bridge) => portRecords(replica, bridge))
    .filter(({ externalIds }) => findPortOwner(externalIds) !== undefined);
  return new Map(
    kept.map(({ name, externalIds }) => {
      const row = replica.findBy(interfaceTable, "name", name);
      invariant(row, `port ${name} has an interface`);
      return [
        name,
        {
          externalIds: Object.fromEntries(externalIds),
          ...(row.ofport_request === undefined ? {} : { ofPortRequest: row.ofport_request }),
        },
      ];
    }),
  );
}
