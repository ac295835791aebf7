import { closeSync } from "node:fs";
import { HostError } from "../host/error.ts";
import {
  ethtoolRequest,
  ethtoolValue,
  offloadCommands,
  type OffloadName,
  type Offloads,
  SIOCETHTOOL,
} from "../host/offload.ts";
import { addressOf, call, SystemCallError } from "./libc.ts";

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;

/** Turns a device's offloads of the current namespace on or off; those not named stay. */
export function setOffload(device: string, wish: Offloads): void {
  for (const [name, isOn] of entriesOf(wish))
    ethtool(device, offloadCommands[name].set, Number(isOn), `offload ${name} of ${device}`);
}

export function readOffload(device: string): Record<OffloadName, boolean> {
  const names = Object.keys(offloadCommands) as OffloadName[];
  return Object.fromEntries(
    names.map((name) => [
      name,
      ethtool(device, offloadCommands[name].get, 0, `offload ${name} of ${device}`) !== 0,
    ]),
  ) as Record<OffloadName, boolean>;
}

function ethtool(device: string, command: number, value: number, entry: string): number {
  const fd = call("socket", AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  try {
    const request = ethtoolRequest(device, command, value, addressOf);
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
