import type { IpAddress, MacAddress } from "@antrea/net";
import { HostError } from "../host/error.ts";
import type { Neighbour } from "../host/state.ts";
import { withNetlinkIn } from "./netlink-socket.ts";
import { neighbourOf, solicitNeighbour } from "./resolve.ts";
import { watchHost } from "./watch.ts";

export interface ResolveNeighbourOptions {
  readonly signal: AbortSignal;
  readonly netnsPath?: string | undefined;
}

/**
 * The link address of a neighbour: at once if the kernel knows it, else when it has asked. Throws a
 * HostError `no-neighbour` when nobody answers the kernel (three questions, a second apart).
 */
export async function resolveNeighbour(
  device: string,
  address: IpAddress,
  { signal, netnsPath }: ResolveNeighbourOptions,
): Promise<MacAddress> {
  const done = new AbortController();
  const until = AbortSignal.any([signal, done.signal]);
  const known = () => withNetlinkIn(netnsPath, (socket) => neighbourOf(socket, device, address));
  try {
    return await new Promise<MacAddress>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      const settle = (neighbour: Neighbour | undefined) => {
        if (neighbour?.mac && neighbour.state !== "failed") resolve(neighbour.mac);
        else if (neighbour?.state === "failed")
          reject(new HostError({ code: "no-neighbour", entry: `neighbour ${address}`, device }));
      };
      const watch = { signal: until, kinds: ["neighbour"] as const, netnsPath };
      watchHost((event) => {
        if (event.kind === "resync") return settle(known());
        if (event.kind !== "neighbour" || event.neighbour.address !== address) return;
        if (event.neighbour.device === device && !event.isRemoved) settle(event.neighbour);
      }, watch);
      const before = known();
      if (before?.mac && before.state !== "failed") return resolve(before.mac);
      withNetlinkIn(netnsPath, (socket) => solicitNeighbour(socket, device, address));
    });
  } finally {
    done.abort();
  }
}
