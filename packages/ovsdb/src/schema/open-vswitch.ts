/**
 * The tables of the Open_vSwitch database (ovs-vswitchd.conf.db(5)) that we read and write, in the
 * manual's own spelling. To use one more column, add its line. Columns that vswitchd rewrites every few
 * seconds (`statistics`) are in tables of their own, so that a monitor asks for them on purpose.
 */
import { boolean, integer, oneOf, string, uuid } from "./atom.ts";
import { map, one, optional, set } from "./column.ts";
import { defineTable, type Row } from "./table.ts";

export const openVSwitchDatabase = "Open_vSwitch";

/** The root: exactly one row. */
export const openVSwitchTable = defineTable("Open_vSwitch", {
  bridges: set(uuid),
  manager_options: set(uuid),
  other_config: map(string, string),
  external_ids: map(string, string),
  next_cfg: one(integer),
  cur_cfg: one(integer),
  ovs_version: optional(string),
  db_version: optional(string),
  system_type: optional(string),
  system_version: optional(string),
  datapath_types: set(string),
  iface_types: set(string),
});

export const openFlowVersions = [
  "OpenFlow10",
  "OpenFlow11",
  "OpenFlow12",
  "OpenFlow13",
  "OpenFlow14",
  "OpenFlow15",
] as const;

export const bridgeTable = defineTable(
  "Bridge",
  {
    name: one(string),
    datapath_type: one(string),
    datapath_version: one(string),
    datapath_id: optional(string),
    mcast_snooping_enable: one(boolean),
    stp_enable: one(boolean),
    ports: set(uuid),
    controller: set(uuid),
    mirrors: set(uuid),
    protocols: set(oneOf(...openFlowVersions)),
    fail_mode: optional(oneOf("standalone", "secure")),
    other_config: map(string, string),
    external_ids: map(string, string),
    flow_tables: map(integer, uuid),
  },
  { indexes: ["name"] },
);

export const portTable = defineTable(
  "Port",
  {
    name: one(string),
    interfaces: set(uuid),
    tag: optional(integer),
    trunks: set(integer),
    vlan_mode: optional(
      oneOf("access", "trunk", "native-tagged", "native-untagged", "dot1q-tunnel"),
    ),
    qos: optional(uuid),
    mac: optional(string),
    other_config: map(string, string),
    external_ids: map(string, string),
  },
  { indexes: ["name"] },
);

export const interfaceTable = defineTable(
  "Interface",
  {
    name: one(string),
    type: one(string),
    options: map(string, string),
    mac: optional(string),
    mac_in_use: optional(string),
    mtu: optional(integer),
    mtu_request: optional(integer),
    ofport: optional(integer),
    ofport_request: optional(integer),
    ifindex: optional(integer),
    admin_state: optional(oneOf("up", "down")),
    link_state: optional(oneOf("up", "down")),
    error: optional(string),
    ingress_policing_rate: one(integer),
    ingress_policing_burst: one(integer),
    status: map(string, string),
    bfd: map(string, string),
    bfd_status: map(string, string),
    other_config: map(string, string),
    external_ids: map(string, string),
  },
  { indexes: ["name"] },
);

/** Counters of an interface, written every `other_config:stats-update-interval` (5 s). */
export const interfaceStatisticsTable = defineTable(
  "Interface",
  { name: one(string), statistics: map(string, integer) },
  { indexes: ["name"] },
);

export const flowTableTable = defineTable("Flow_Table", {
  name: optional(string),
  flow_limit: optional(integer),
  overflow_policy: optional(oneOf("refuse", "evict")),
  prefixes: set(string),
  external_ids: map(string, string),
});

export const controllerTable = defineTable("Controller", {
  type: optional(oneOf("primary", "service")),
  target: one(string),
  connection_mode: optional(oneOf("in-band", "out-of-band")),
  max_backoff: optional(integer),
  inactivity_probe: optional(integer),
  enable_async_messages: optional(boolean),
  is_connected: one(boolean),
  role: optional(oneOf("other", "master", "slave")),
  status: map(string, string),
  other_config: map(string, string),
  external_ids: map(string, string),
});

export const managerTable = defineTable(
  "Manager",
  {
    target: one(string),
    max_backoff: optional(integer),
    inactivity_probe: optional(integer),
    is_connected: one(boolean),
    status: map(string, string),
    external_ids: map(string, string),
  },
  { indexes: ["target"] },
);

export const mirrorTable = defineTable(
  "Mirror",
  {
    name: one(string),
    select_all: one(boolean),
    select_src_port: set(uuid),
    select_dst_port: set(uuid),
    output_port: optional(uuid),
    external_ids: map(string, string),
  },
  { indexes: ["name"] },
);

/** What planBridge and the port writer need the replica to hold. */
export const bridgeTables = [
  openVSwitchTable,
  bridgeTable,
  portTable,
  interfaceTable,
  flowTableTable,
] as const;

export type OpenVSwitchRow = Row<typeof openVSwitchTable>;
export type BridgeRow = Row<typeof bridgeTable>;
export type PortRow = Row<typeof portTable>;
export type InterfaceRow = Row<typeof interfaceTable>;
export type OpenFlowVersion = (typeof openFlowVersions)[number];
