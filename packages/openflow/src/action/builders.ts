import { invariant } from "@antrea/base";
import {
  familyOf,
  type IpAddress,
  ipToBigInt,
  type MacAddress,
  type OfPort,
  ofPorts,
} from "@antrea/net";
import { macNumber } from "../match/builders.ts";
import type { FieldName } from "../match/fields.ts";
import { type Subfield, subfield } from "../match/subfield.ts";
import type { Action } from "./actions.ts";
import type { CheckPacketLarger } from "./check-packet-larger.ts";
import type { Clone } from "./clone.ts";
import type { Conjunction } from "./conjunction.ts";
import { type Controller, sendToController } from "./controller.ts";
import type { Ct } from "./ct.ts";
import type { DecTtl } from "./dec-ttl.ts";
import { allMetadata, type Goto, type WriteMetadata } from "./instructions.ts";
import type { Learn, LearnSpec } from "./learn.ts";
import type { Move } from "./move.ts";
import type { Nat } from "./nat.ts";
import { makeNote, type Note } from "./note.ts";
import type { GroupAction, MeterAction, PushVlan } from "./numbered.ts";
import type { Output } from "./output.ts";
import type { OutputReg } from "./output-reg.ts";
import type { PlainAction } from "./plain.ts";
import type { Resubmit } from "./resubmit.ts";
import { loadInto, makeSetField, type SetField } from "./set-field.ts";

/*
 * Constructors of actions. Defaults are those of Open vSwitch, and each gives the canonical form
 * that the switch reports back. Where bits of a field are wanted, its name says all of them.
 */

type Part = FieldName | Subfield;
const part = (of: Part): Subfield => (typeof of === "string" ? subfield(of) : of);

export const output = (port: OfPort): Output => ({ kind: "output", port });
/** Back out of the port it came in from. */
export const inPortOutput = (): Output => output(ofPorts.inPort);
/** As an ordinary learning switch would. */
export const normal = (): Output => output(ofPorts.normal);
/** The bridge's own device. */
export const local = (): Output => output(ofPorts.local);
/** Out of the port whose number the field holds. */
export const outputReg = (source: Part): OutputReg => ({ kind: "outputReg", source: part(source) });

/** Writes the bits of a field that `mask` has set, all of them without a mask. */
export const setField = (
  field: FieldName,
  value: bigint | number,
  mask?: bigint | number,
): SetField => makeSetField(field, BigInt(value), mask === undefined ? undefined : BigInt(mask));
/** Writes a value into some bits of a field. */
export const load = (into: Part, value: bigint | number): SetField =>
  loadInto(part(into), BigInt(value));
export const setEthSrc = (mac: MacAddress): SetField => setField("eth_src", macNumber(mac));
export const setEthDst = (mac: MacAddress): SetField => setField("eth_dst", macNumber(mac));
/** Either family, like the following ones. */
export const setIpSrc = (address: IpAddress): SetField => setIp("ip_src", "ipv6_src", address);
export const setIpDst = (address: IpAddress): SetField => setIp("ip_dst", "ipv6_dst", address);
export const setTunSrc = (address: IpAddress): SetField =>
  setIp("tun_src", "tun_ipv6_src", address);
export const setTunDst = (address: IpAddress): SetField =>
  setIp("tun_dst", "tun_ipv6_dst", address);

function setIp(v4: FieldName, v6: FieldName, address: IpAddress): SetField {
  return setField(familyOf(address) === "ipv4" ? v4 : v6, ipToBigInt(address));
}

/** Copies bits; both sides are equally wide. */
export function move(source: Part, destination: Part): Move {
  const action: Move = { kind: "move", source: part(source), destination: part(destination) };
  invariant(
    action.source.bits === action.destination.bits,
    "A move has as many bits on both sides",
  );
  return action;
}

export const ct = (options: Partial<Omit<Ct, "kind">> = {}): Ct => ({
  kind: "ct",
  commit: false,
  force: false,
  zone: 0,
  exec: [],
  alg: 0,
  ...options,
});
/** For `ct({ nat })`: as the connection says, or with a new source or destination. */
export const nat = (options: Partial<Omit<Nat, "kind">> = {}): Nat => ({
  kind: "nat",
  persistent: false,
  ...options,
});
export const ctClear = (): PlainAction => ({ kind: "ctClear" });

/** Looks the packet up in a table (the current one if absent) and comes back. */
export const resubmit = (options: {
  table?: number;
  port?: OfPort;
  withCtTuple?: boolean;
}): Resubmit => ({
  kind: "resubmit",
  withCtTuple: false,
  ...options,
});
export const goto = (table: number): Goto => ({ kind: "goto", table });
export const group = (id: number): GroupAction => ({ kind: "group", id });
export const meter = (id: number): MeterAction => ({ kind: "meter", id });
/** Clause `clause` (from 0) of `clauses` of conjunction `id` is satisfied. */
export const conjunction = (id: number, clause: number, clauses: number): Conjunction => ({
  kind: "conjunction",
  clause,
  clauses,
  id,
});
export const controller = (options: Partial<Omit<Controller, "kind">> = {}): Controller =>
  sendToController(options);
export const decTtl = (): DecTtl => ({ kind: "decTtl", controllerIds: [] });
/** `destination` is one bit. */
export const checkPacketLarger = (size: number, destination: Subfield): CheckPacketLarger => ({
  kind: "checkPacketLarger",
  size,
  destination,
});
export const writeMetadata = (value: bigint, mask = allMetadata): WriteMetadata => ({
  kind: "writeMetadata",
  value,
  mask,
});
/** Hexadecimal digits. */
export const note = (data: string): Note => makeNote(data);
export const pushVlan = (etherType = 0x8100): PushVlan => ({ kind: "pushVlan", id: etherType });
export const popVlan = (): PlainAction => ({ kind: "popVlan" });
export const clone = (...inner: readonly Action[]): Clone => ({ kind: "clone", actions: inner });

export const learn = (
  options: { table: number; specs: readonly LearnSpec[] } & Partial<Omit<Learn, "kind">>,
): Learn => ({
  kind: "learn",
  idleTimeoutS: 0,
  hardTimeoutS: 0,
  finIdleTimeoutS: 0,
  finHardTimeoutS: 0,
  priority: 32768,
  cookie: 0n,
  sendFlowRemoved: false,
  deleteLearned: false,
  limit: 0,
  ...options,
});

/** The learned flow matches what the packet has, or a constant. */
export const learnMatch = (to: Part, from: Part | bigint = to): LearnSpec =>
  typeof from === "bigint"
    ? { kind: "match", to: part(to), value: from }
    : { kind: "match", to: part(to), from: part(from) };
/** The learned flow writes what the packet has, or a constant. */
export const learnLoad = (to: Part, from: Part | bigint): LearnSpec =>
  typeof from === "bigint"
    ? { kind: "load", to: part(to), value: from }
    : { kind: "load", to: part(to), from: part(from) };
export const learnOutput = (from: Part): LearnSpec => ({ kind: "output", from: part(from) });
