import { OvsdbError } from "../errors.ts";
import type { Replica } from "../replica/replica.ts";
import {
  type BridgeRow,
  bridgeTable,
  type InterfaceRow,
  interfaceTable,
  type PortRow,
  portTable,
} from "../schema/open-vswitch.ts";
import type { RowValues } from "../schema/table.ts";
import { namedUuid, type RowRef } from "../schema/uuid.ts";
import {
  byUuid,
  deleteFrom,
  insert,
  insertInto,
  mutate,
  type Operation,
  update,
  wait,
} from "../transaction/operation.ts";
import { changedColumns, pairsOf } from "./columns.ts";
import type { DesiredPort } from "./desired.ts";

/** Operations on Port and Interface rows, and the ports that the bridge must be given. */
export interface PortPlan {
  readonly operations: readonly Operation[];
  readonly newPorts: readonly RowRef[];
}

/**
 * What makes ports of these names exist as desired. `bridge` is undefined when the same transaction makes
 * it. A port of that name on another bridge is fetched from there if it is ours; else this throws.
 */
export function planPortRows(
  replica: Replica,
  bridge: BridgeRow | undefined,
  ports: ReadonlyMap<string, DesiredPort>,
  owns: (port: PortRow) => boolean,
): PortPlan {
  const operations: Operation[] = [];
  const newPorts: RowRef[] = [];
  let index = 0;
  for (const [name, desired] of ports) {
    const row = replica.findBy(portTable, "name", name);
    const suffix = `${index++}`;
    if (!row) {
      const as = namedUuid(`port_${suffix}`);
      operations.push(...insertPort(name, desired, suffix));
      newPorts.push(as);
      continue;
    }
    if (!bridge?.ports.has(row.uuid)) {
      operations.push(...takeFromOther(replica, row, owns));
      newPorts.push(row.uuid);
    }
    operations.push(...updatePort(replica, row, desired, suffix));
  }
  return { operations, newPorts };
}

/** Makes these ports exist as desired on a bridge that exists, in one transaction; other ports are left alone. */
export function planPorts(
  replica: Replica,
  bridgeName: string,
  ports: ReadonlyMap<string, DesiredPort>,
  owns: (port: PortRow) => boolean,
): readonly Operation[] {
  const bridge = requireBridge(replica, bridgeName);
  const { operations, newPorts } = planPortRows(replica, bridge, ports, owns);
  if (operations.length === 0) return [];
  const attach = newPorts.length > 0 ? [attachPorts(bridge, newPorts)] : [];
  return [guardBridge(bridge), ...operations, ...attach];
}

/** Takes ports away from a bridge, in one transaction; names that it does not have are passed over. */
export function planPortRemoval(
  replica: Replica,
  bridgeName: string,
  names: Iterable<string>,
): readonly Operation[] {
  const bridge = replica.findBy(bridgeTable, "name", bridgeName);
  if (!bridge) return [];
  const gone = [...names]
    .map((name) => replica.findBy(portTable, "name", name))
    .filter((row) => row !== undefined && bridge.ports.has(row.uuid))
    .map((row) => (row as PortRow).uuid);
  return gone.length === 0 ? [] : [detachPorts(bridge, gone)];
}

/** Fails the transaction if the bridge is no longer there: its ports would be lost without a word. */
export function guardBridge({ uuid, name }: BridgeRow): Operation {
  return wait(bridgeTable, { where: byUuid(uuid), rows: [{ name }], until: "==", timeoutMs: 0 });
}

export function attachPorts(bridge: BridgeRow, ports: Iterable<RowRef>): Operation {
  return mutate(bridgeTable, byUuid(bridge.uuid), [insertInto(bridgeTable, "ports", ports)]);
}

/** Port rows that no bridge has are deleted by the server, with their interfaces. */
export function detachPorts(bridge: BridgeRow, ports: Iterable<RowRef>): Operation {
  return mutate(bridgeTable, byUuid(bridge.uuid), [deleteFrom(bridgeTable, "ports", ports)]);
}

function requireBridge(replica: Replica, name: string): BridgeRow {
  const bridge = replica.findBy(bridgeTable, "name", name);
  if (!bridge) throw new OvsdbError({ code: "no-bridge", bridge: name });
  return bridge;
}

function insertPort(name: string, desired: DesiredPort, suffix: string): readonly Operation[] {
  const interfaceAs = namedUuid(`interface_${suffix}`);
  return [
    insert(interfaceTable, { name, ...withoutEmpty(interfaceValues(desired)) }, interfaceAs),
    insert(
      portTable,
      { name, interfaces: [interfaceAs], ...withoutEmpty(portValues(desired)) },
      namedUuid(`port_${suffix}`),
    ),
  ];
}

function updatePort(
  replica: Replica,
  row: PortRow,
  desired: DesiredPort,
  suffix: string,
): readonly Operation[] {
  const operations: Operation[] = [];
  const portChange = changedColumns(portTable, row, portValues(desired));
  if (portChange) operations.push(update(portTable, byUuid(row.uuid), portChange));

  const current = onlyInterface(replica, row);
  if (!current) {
    const as = namedUuid(`interface_${suffix}`);
    const { name } = row;
    operations.push(
      insert(interfaceTable, { name, ...withoutEmpty(interfaceValues(desired)) }, as),
      update(portTable, byUuid(row.uuid), { interfaces: [as] }),
    );
  } else {
    const change = changedColumns(interfaceTable, current, interfaceValues(desired));
    if (change) operations.push(update(interfaceTable, byUuid(current.uuid), change));
  }
  return operations;
}

/** The interface of a port that has one of its own name; a bond has others. */
function onlyInterface(replica: Replica, port: PortRow): InterfaceRow | undefined {
  const [uuid, ...others] = port.interfaces;
  const row = uuid && replica.find(interfaceTable, uuid);
  return row && others.length === 0 && row.name === port.name ? row : undefined;
}

function takeFromOther(
  replica: Replica,
  row: PortRow,
  owns: (port: PortRow) => boolean,
): readonly Operation[] {
  const other = replica
    .rows(bridgeTable)
    .values()
    .find((b) => b.ports.has(row.uuid));
  if (!owns(row) || row.name === other?.name)
    throw new OvsdbError({ code: "port-elsewhere", port: row.name, bridge: other?.name });
  return other ? [detachPorts(other, [row.uuid])] : [];
}

function portValues({ externalIds, tag }: DesiredPort) {
  return { external_ids: pairsOf(externalIds), tag } satisfies RowValues<typeof portTable>;
}

function interfaceValues(desired: DesiredPort) {
  return {
    type: desired.interfaceType ?? "",
    options: pairsOf(desired.options),
    ofport_request: desired.ofPortRequest,
    mac: desired.mac,
    mtu_request: desired.mtuRequest,
    other_config: pairsOf(desired.otherConfig),
  } satisfies RowValues<typeof interfaceTable>;
}

/** A new row is empty where nothing is said, so there nothing need be said. */
function withoutEmpty<V extends object>(values: V): Partial<V> {
  const isEmpty = (value: unknown): boolean =>
    value === undefined || value === "" || (value instanceof Map && value.size === 0);
  return Object.fromEntries(Object.entries(values).filter(([, v]) => !isEmpty(v))) as Partial<V>;
}
