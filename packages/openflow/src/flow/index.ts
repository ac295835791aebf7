/**
 * The pure door: flows, groups and meters as values, and their text in the dialect of ovs-ofctl.
 * Meant to be taken whole: `import * as of from "@antrea/openflow/flow"`.
 */
export * from "../action/builders.ts";
export { type Action, formatActions, parseActions } from "../action/actions.ts";
export type { Controller, PacketInReason } from "../action/controller.ts";
export type { Ct } from "../action/ct.ts";
export type { Learn, LearnSpec } from "../action/learn.ts";
export type { Nat } from "../action/nat.ts";
export type { SetField } from "../action/set-field.ts";
export * from "../match/builders.ts";
export type { FieldName } from "../match/fields.ts";
export { formatMatch } from "../match/format.ts";
export { type FieldMatch, fieldMatch, findMatch, type Match, matchOf } from "../match/match.ts";
export { etherTypes, ipProtocols } from "../match/prerequisites.ts";
export type { RegIndex, XregIndex, XxregIndex } from "../match/registers.ts";
export { formatSubfield, type Subfield, subfield } from "../match/subfield.ts";
export type { Names } from "../names.ts";
export { FlowTextError } from "../text.ts";
export {
  diffFlows,
  type Flow,
  type FlowChange,
  type FlowFlag,
  type FlowInput,
  flow,
  flowKey,
  sameFlow,
} from "./flow.ts";
export { type FormatFlowOptions, formatFlow, formatFlows } from "./format.ts";
export { parseFlow, parseFlows } from "./parse.ts";
export {
  type Bucket,
  type BucketInput,
  diffGroups,
  type Group,
  type GroupChange,
  type GroupInput,
  type GroupType,
  group as makeGroup,
  type Selection,
  sameGroup,
} from "./group.ts";
export { formatGroup, formatGroups, parseGroup } from "./group-text.ts";
export {
  diffMeters,
  dropMeter,
  formatMeter,
  type Meter,
  type MeterBand,
  type MeterChange,
  parseMeter,
  sameMeter,
} from "./meter.ts";
