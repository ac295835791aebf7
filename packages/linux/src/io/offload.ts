import { closeSync } from "node:fs";
import { HostError } from "../host/error.ts";
import {
  type EthtoolCommand,
  ethtoolRequest,
  ethtoolValue,
  type OffloadName,
  type Offloads,
  offloadCommands,
  SIOCETHTOOL,
} from "../host/offload.ts";
import { addressOf, call, SystemCallError } from "./libc.ts";

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;

/** Turns a device's offloads of the current namespace on or off; those not named stay. */
export function setOffload(device: string, wish: Offloads): void {
  for (const [name, isOn] of entriesOf(wish))
    ethtool(name, { device, command: offloadCommands[name].set, value: Number(isOn) });
}

export function readOffload(device: string): Record<OffloadName, boolean> {
  const names = Object.keys(offloadCommands) as OffloadName[];
  return Object.fromEntries(
    names.map((name) => [
      name,
      ethtool(name, { device, command: offloadCommands[name].get, value: 0 }) !== 0,
    ]),
  ) as Record<OffloadName, boolean>;
}

function ethtool(name: OffloadName, command: EthtoolCommand): number {
  const { device } = command;
  const entry = `offload ${name} of ${device}`;
  const fd = call("socket", AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  try {
    const request = ethtoolRequest(command, addressOf);
    call("ioctl", fd, SIOCETHTOOL, request);
    return ethtoolValue(request);
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
    if (error.code === "ENODEV") throw new HostError({ code: "no-device", entry, device });
    throw new HostError({ code: "refused", entry, errno: error.code }, { cause: error });
  } finally {
    closeSync(fd);
  }
}

function entriesOf(wish: Offloads): readonly [OffloadName, boolean][] {
  return (Object.entries(wish) as [OffloadName, boolean | undefined][]).flatMap(([name, isOn]) =>
    isOn === undefined ? [] : [[name, isOn] as [OffloadName, boolean]],
  );
}
