import type { IpAddress } from "@antrea/net";
import type { RouteBody } from "../netlink/route.ts";
import type { DeviceNames } from "./device-names.ts";
import { readRoute } from "./routes.ts";

/** Which way the kernel sends a packet. */
export interface ResolvedRoute {
  /** The destination is an address of this Node. */
  readonly isLocal: boolean;
  readonly device: string;
  readonly via?: IpAddress;
  /** The address that the packet would carry as its source. */
  readonly source?: IpAddress;
  /** Smaller than the device's, if a route or a learned path says so. */
  readonly mtu?: number;
}

/** Undefined if the answer leads nowhere (blackhole, unreachable). */
export function readResolution(body: RouteBody, names: DeviceNames): ResolvedRoute | undefined {
  const found = readRoute(body, names);
  if (!found?.device || !(found.type === "unicast" || found.type === "local")) return undefined;
  const { device, via, source, mtu } = found;
  return {
    isLocal: found.type === "local",
    device,
    ...(via && { via }),
    ...(source && { source }),
    ...(mtu !== undefined && { mtu }),
  };
}
