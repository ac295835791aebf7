import { type ChangeLog, errorText, type Logger, noChangeLog } from "@antrea/base";
import type { IpAddress, MacAddress } from "@antrea/net";
import type { Unixctl } from "@antrea/ovsdb/io";
import { nodeOwner } from "@antrea/pipeline";

/**
 * The Ethernet addresses that the userspace datapath sends tunnels to. It would ask for them itself
 * with the first packet to a peer, and lose that packet; the kernel keeps them resolved for us, so
 * we tell them beforehand.
 */
export interface TunnelNeighbours {
  put(
    address: IpAddress,
    mac: MacAddress,
    options: { readonly signal: AbortSignal },
  ): Promise<void>;
  /** Tells no others any more; ovs-vswitchd forgets one by itself once it was not used for 15 minutes. */
  retain(addresses: ReadonlySet<IpAddress>): void;
  /** Tells all of them again: ovs-vswitchd forgets after a while without traffic, and when it starts anew. */
  refresh(options: { readonly signal: AbortSignal }): Promise<void>;
}

export function tunnelNeighbours(
  control: Pick<Unixctl, "call">,
  bridge: string,
  log: Logger,
  changes: ChangeLog = noChangeLog,
): TunnelNeighbours {
  const known = new Map<IpAddress, MacAddress>();
  /** Until ovs-vswitchd has answered: who needs the same neighbour waits as well. */
  const onTheWay = new Map<IpAddress, Promise<void>>();

  async function tell(address: IpAddress, mac: MacAddress, signal: AbortSignal): Promise<void> {
    await control.call("tnl/neigh/set", [bridge, address, mac], { signal });
  }
  // it will ask by itself, at the price of the first packet
  const pass = (address: IpAddress, error: unknown): void =>
    log.debug("Could not tell a tunnel neighbour", { address, err: errorText(error) });

  return {
    async put(address, mac, { signal }) {
      if (known.get(address) === mac) return onTheWay.get(address);
      const verb = known.has(address) ? "~" : "+";
      known.set(address, mac);
      const sent = changes.sending({
        kind: "tunnel neighbour",
        owner: nodeOwner,
        cause: "wanted",
        added: verb === "+" ? 1 : 0,
        modified: verb === "~" ? 1 : 0,
        removed: 0,
        details: [`${verb} ${address} is at ${mac}`],
      });
      const told = tell(address, mac, signal).then(sent.confirmed, (error: unknown) => {
        sent.refused(error);
        pass(address, error);
      });
      onTheWay.set(address, told);
      await told;
      if (onTheWay.get(address) === told) onTheWay.delete(address);
    },
    retain(addresses) {
      for (const address of known.keys()) if (!addresses.has(address)) known.delete(address);
    },
    async refresh({ signal }) {
      for (const [address, mac] of known)
        await tell(address, mac, signal).catch((error: unknown) => pass(address, error));
    },
  };
}
