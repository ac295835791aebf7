export * from "./configure.ts";
export * from "./errors.ts";
export type { Json } from "./json.ts";
export * from "./plan/columns.ts";
export * from "./plan/describe.ts";
export * from "./plan/desired.ts";
export * from "./plan/plan-bridge.ts";
export { planPortRemoval, planPorts } from "./plan/plan-ports.ts";
export * from "./port-writer.ts";
export type { Replica, ReplicaChange, RowChange } from "./replica/replica.ts";
export * from "./replica/wait-for.ts";
export {
  type BridgeRow,
  bridgeTable,
  bridgeTables,
  flowTableTable,
  type InterfaceRow,
  interfaceTable,
  type OpenFlowVersion,
  type OpenVSwitchRow,
  openVSwitchTable,
  type PortRow,
  portTable,
} from "./schema/open-vswitch.ts";
export type { Row, RowValues, Table } from "./schema/table.ts";
export type { NamedUuid, RowRef, Uuid } from "./schema/uuid.ts";
export * from "./transaction/operation.ts";
export { type OperationResult, rowsOf } from "./transaction/result.ts";
