import { type Brand, invariant } from "@antrea/base";

/** An OpenFlow port number on a bridge, 1 to 0xfffffeff, or one of the reserved ones. */
export type OfPort = Brand<number, "OfPort">;
/** A TCP, UDP or SCTP port, 0 to 65535. */
export type L4Port = Brand<number, "L4Port">;
/** A VLAN identifier, 0 to 4095. */
export type VlanId = Brand<number, "VlanId">;

/** The reserved ports that this project uses (OpenFlow 1.5.1 section 7.2.1). */
export const ofPorts = {
  inPort: 0xfffffff8 as OfPort,
  normal: 0xfffffffa as OfPort,
  controller: 0xfffffffd as OfPort,
  local: 0xfffffffe as OfPort,
  none: 0xffffffff as OfPort,
} as const;

export function ofPort(value: number): OfPort {
  invariant(
    Number.isInteger(value) && value >= 0 && value <= 0xffffffff,
    `${value} is an OpenFlow port`,
  );
  return value as OfPort;
}

export function parseL4Port(value: number): L4Port | undefined {
  return Number.isInteger(value) && value >= 0 && value <= 65535 ? (value as L4Port) : undefined;
}

export function parseVlanId(value: number): VlanId | undefined {
  return Number.isInteger(value) && value >= 0 && value <= 4095 ? (value as VlanId) : undefined;
}
