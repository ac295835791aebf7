import type { Replica } from "../replica/replica.ts";
import {
  type BridgeRow,
  bridgeTable,
  flowTableTable,
  openVSwitchTable,
  portTable,
} from "../schema/open-vswitch.ts";
import type { RowValues } from "../schema/table.ts";
import { type NamedUuid, namedUuid, type RowRef, type Uuid } from "../schema/uuid.ts";
import {
  anyRow,
  byUuid,
  insert,
  insertInto,
  mutate,
  type Operation,
  update,
} from "../transaction/operation.ts";
import { changedColumns, mergePairs, pairsOf } from "./columns.ts";
import type { DesiredBridge, DesiredPort, DesiredState } from "./desired.ts";
import { attachPorts, detachPorts, guardBridge, planPortRows } from "./plan-ports.ts";

/**
 * The operations that make a bridge and its ports as desired; none if they are. To be applied as one
 * transaction. Throws `OvsdbError` "port-elsewhere" if a port of a desired name is another's.
 */
export function planBridge(replica: Replica, desired: DesiredState): readonly Operation[] {
  const bridge = replica.findBy(bridgeTable, "name", desired.bridge.name);
  return bridge ? changeBridge(replica, bridge, desired) : createBridge(replica, desired);
}

/** Takes a bridge away with all its ports; nothing if it is not there. */
export function planBridgeRemoval(replica: Replica, name: string): readonly Operation[] {
  const bridge = replica.findBy(bridgeTable, "name", name);
  if (!bridge) return [];
  const uuids: readonly RowRef[] = [bridge.uuid];
  return [
    mutate(openVSwitchTable, anyRow, [
      ["bridges", "delete", ["set", uuids.map((u) => ["uuid", u as Uuid])]],
    ]),
  ];
}

function createBridge(
  replica: Replica,
  { bridge, ports, owns }: DesiredState,
): readonly Operation[] {
  const local: DesiredPort = { interfaceType: "internal" };
  const all = new Map([[bridge.name, local], ...ports]);
  const rows = planPortRows(replica, undefined, all, owns);
  const tables = insertFlowTables(bridge.flowTableNames ?? new Map());
  const as = namedUuid("bridge");
  return [
    ...rows.operations,
    ...tables.operations,
    insert(
      bridgeTable,
      {
        name: bridge.name,
        ...scalars(bridge),
        ports: rows.newPorts,
        other_config: pairsOf(bridge.otherConfig),
        external_ids: pairsOf(bridge.externalIds),
        flow_tables: tables.pairs,
      },
      as,
    ),
    mutate(openVSwitchTable, anyRow, [insertInto(openVSwitchTable, "bridges", [as])]),
  ];
}

function changeBridge(
  replica: Replica,
  row: BridgeRow,
  { bridge, ports, owns }: DesiredState,
): readonly Operation[] {
  const rows = planPortRows(replica, row, ports, owns);
  const leftOver = [...row.ports].filter((uuid) => {
    const port = replica.find(portTable, uuid);
    return port && port.name !== row.name && !ports.has(port.name) && owns(port);
  });
  const change = changedColumns(bridgeTable, row, scalars(bridge));
  const mutations = [
    ...mergePairs(bridgeTable, "other_config", row.other_config, bridge.otherConfig),
    ...mergePairs(bridgeTable, "external_ids", row.external_ids, bridge.externalIds),
  ];
  const operations = [
    ...rows.operations,
    ...(change ? [update(bridgeTable, byUuid(row.uuid), change)] : []),
    ...(mutations.length > 0 ? [mutate(bridgeTable, byUuid(row.uuid), mutations)] : []),
    ...(rows.newPorts.length > 0 ? [attachPorts(row, rows.newPorts)] : []),
    ...(leftOver.length > 0 ? [detachPorts(row, leftOver)] : []),
    ...planFlowTables(replica, row, bridge.flowTableNames),
  ];
  return operations.length === 0 ? [] : [guardBridge(row), ...operations];
}

/** The columns that hold one value, or a set that we own whole; those not desired are not named. */
function scalars(bridge: DesiredBridge): RowValues<typeof bridgeTable> {
  return {
    ...(bridge.datapathType === undefined ? {} : { datapath_type: bridge.datapathType }),
    ...(bridge.failMode === undefined ? {} : { fail_mode: bridge.failMode }),
    ...(bridge.protocols === undefined ? {} : { protocols: new Set(bridge.protocols) }),
    ...(bridge.isMulticastSnooping === undefined
      ? {}
      : { mcast_snooping_enable: bridge.isMulticastSnooping }),
  };
}

/** Names tables by Flow_Table rows: right ones are kept, so that their other columns live on. */
function planFlowTables(
  replica: Replica,
  row: BridgeRow,
  names: ReadonlyMap<number, string> | undefined,
): readonly Operation[] {
  if (!names) return [];
  const kept = [...row.flow_tables].filter(
    ([number, uuid]) =>
      replica.find(flowTableTable, uuid)?.name === names.get(number) && names.has(number),
  );
  const keptNumbers = new Set(kept.map(([number]) => number));
  const missing = new Map([...names].filter(([number]) => !keptNumbers.has(number)));
  if (missing.size === 0 && kept.length === row.flow_tables.size) return [];
  const { operations, pairs } = insertFlowTables(missing);
  const all: (readonly [number, RowRef])[] = [...kept, ...pairs];
  return [...operations, update(bridgeTable, byUuid(row.uuid), { flow_tables: all })];
}

function insertFlowTables(names: ReadonlyMap<number, string>): {
  readonly operations: readonly Operation[];
  readonly pairs: readonly (readonly [number, NamedUuid])[];
} {
  const named = [...names].map(([number, name]) => ({
    number,
    name,
    as: namedUuid(`table_${number}`),
  }));
  return {
    operations: named.map(({ name, as }) => insert(flowTableTable, { name }, as)),
    pairs: named.map(({ number, as }) => [number, as]),
  };
}
