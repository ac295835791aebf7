import { familyOf, type IpAddress } from "@antrea/net";
import type { Unixctl, UnixctlCommand } from "@antrea/ovsdb/io";
import { ctZones } from "@antrea/pipeline";

/** What the switch remembers of connections, and lets pass without asking rules. */
export interface PodConnections {
  /**
   * Resolves when nothing is remembered of any connection from or to these addresses: whoever has one
   * next would have its peers' packets let in as those of a live connection.
   */
  forget(addresses: readonly IpAddress[], options: { readonly signal: AbortSignal }): Promise<void>;
}

export interface PodConnectionsDeps {
  readonly control: Pick<Unixctl, "callAll">;
  /** Removes notes of what answers look like, which stand in for conntrack where it knows no ports. */
  readonly forgetReplies: PodConnections["forget"];
}

export function podConnections({ control, forgetReplies }: PodConnectionsDeps): PodConnections {
  return {
    async forget(addresses, options) {
      if (addresses.length === 0) return;
      const tracked = control.callAll(addresses.flatMap(flushes), options);
      await Promise.all([tracked, forgetReplies(addresses, options)]);
    },
  };
}

/**
 * The address as the one who began, and as the one who answers: what it was translated from does not
 * matter. ovs-vswitchd (3.1) takes a reply's part only behind an original's, which may be empty.
 */
function flushes(address: IpAddress): readonly UnixctlCommand[] {
  const family = familyOf(address);
  const zone = `zone=${ctZones[family]}`;
  const source = `${family === "ipv4" ? "ct_nw_src" : "ct_ipv6_src"}=${address}`;
  return [
    ["dpctl/flush-conntrack", zone, source],
    ["dpctl/flush-conntrack", zone, "", source],
  ];
}
