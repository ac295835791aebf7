/** OpenFlow 1.5 with the extensions of Open vSwitch: messages, sessions, and what goes wrong in them. */
export * from "./flow/index.ts";
export { planChange, type PlannedChange, type SwitchChange } from "./change.ts";
export type { BundledMessage } from "./message/bundle.ts";
export { allTables, type FlowMod, type FlowModCommand, flowModOf } from "./message/flow-mod.ts";
export type { FlowUpdate } from "./message/flow-monitor.ts";
export type { FlowRemoved } from "./message/flow-removed.ts";
export type { FlowFilter, FlowStats } from "./message/flow-stats.ts";
export { type GroupMod, groupModOf, groupModsOf } from "./message/group-mod.ts";
export type { GroupStats } from "./message/group-stats.ts";
export {
  decodeFrame,
  encodeFrame,
  type Frame,
  type Message,
  type MessageOf,
} from "./message/messages.ts";
export type { MeterMod } from "./message/meter-mod.ts";
export type { MeterStats } from "./message/meter-stats.ts";
export type { FlowCounters } from "./message/oxs.ts";
export type { PacketIn } from "./message/packet-in.ts";
export type { PacketOut } from "./message/packet-out.ts";
export { isLinkUp, type PortDescription, type PortStatus } from "./message/port.ts";
export type { PortStats } from "./message/port-stats.ts";
export { describeMessage, formatMessage, parseMessage } from "./message/text.ts";
export { openflowMetrics } from "./metrics.ts";
export type { WaitOptions } from "./session/asker.ts";
export type { SwitchConnection } from "./session/connection.ts";
export { OpenFlowError, type OpenFlowFailure, type Refusal } from "./session/failure.ts";
