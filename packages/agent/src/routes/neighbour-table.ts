import type { Neighbour } from "@antrea/linux";
import type { MacAddress } from "@antrea/net";
import type { NextHop } from "./peers.ts";

/** The Ethernet addresses of neighbours, as the kernel resolves them. */
export interface NeighbourTable {
  macOf(hop: NextHop): MacAddress | undefined;
  /** Takes in one entry; tells whether an address appeared or changed. A failed entry keeps its last address: the peer may be back at once. */
  update(entry: Neighbour): boolean;
}

export function neighbourTable(): NeighbourTable {
  const macs = new Map<string, MacAddress>();
  const key = ({ device, address }: NextHop): string => `${device} ${address}`;
  return {
    macOf: (hop) => macs.get(key(hop)),
    update(entry) {
      if (!entry.mac || entry.mac === "00:00:00:00:00:00") return false;
      const before = macs.get(key(entry));
      macs.set(key(entry), entry.mac);
      return before !== entry.mac;
    },
  };
}
