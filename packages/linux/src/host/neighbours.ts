import { familyOf, type IpAddress, macFromBytes, macToBytes } from "@antrea/net";
import {
  type NeighbourBody,
  neighbourExtFlag,
  neighbourFlag,
  neighbourState,
} from "../netlink/neighbour.ts";
import { addressFamily } from "../netlink/rtnetlink.ts";
import type { DeviceNames } from "./device-names.ts";
import type { Neighbour, NeighbourState } from "./state.ts";

const stateNames = new Map(
  (Object.entries(neighbourState) as [NeighbourState, number][]).map(([name, n]) => [n, name]),
);

/** Undefined for what is no IP neighbour: a bridge's forwarding entry, a proxy entry. */
export function readNeighbour(body: NeighbourBody, names: DeviceNames): Neighbour | undefined {
  const { destination, linkAddress, extFlags = 0 } = body.attributes;
  const isIp = body.family === addressFamily.ipv4 || body.family === addressFamily.ipv6;
  if (!isIp || !destination || body.flags & neighbourFlag.PROXY) return undefined;
  return {
    device: names.nameOf(body.index),
    address: destination,
    state: stateNames.get(body.state) ?? "none",
    ...(linkAddress?.length === 6 && { mac: macFromBytes(linkAddress) }),
    ...((extFlags & neighbourExtFlag.MANAGED) !== 0 && { isManaged: true }),
  };
}

/** A permanent neighbour with its address, or one that the kernel is to keep resolved. */
export function writeNeighbour(index: number, entry: Neighbour): NeighbourBody {
  return {
    ...neighbourQuery(index, entry.address),
    state: entry.isManaged ? neighbourState.none : neighbourState[entry.state],
    attributes: {
      destination: entry.address,
      linkAddress: entry.mac && !entry.isManaged ? macToBytes(entry.mac) : undefined,
      extFlags: entry.isManaged ? neighbourExtFlag.MANAGED : undefined,
    },
  };
}

/** Makes the kernel resolve the neighbour now, as if a packet were waiting for it. */
export function useNeighbour(index: number, address: IpAddress): NeighbourBody {
  return { ...neighbourQuery(index, address), flags: neighbourFlag.USE };
}

export function neighbourQuery(index: number, address: IpAddress): NeighbourBody {
  return {
    family: addressFamily[familyOf(address)],
    index,
    state: 0,
    flags: 0,
    type: 0,
    attributes: { destination: address },
  };
}
