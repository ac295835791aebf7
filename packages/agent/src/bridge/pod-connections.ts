import { familyOf, type IpAddress } from "@antrea/net";
import { flowModOf, type Message } from "@antrea/openflow";
import { ctZones, endedOf, repliesOf } from "@antrea/pipeline";

/** What the switch remembers of connections, and lets pass without asking rules. */
export interface PodConnections {
  /**
   * Resolves when nothing is remembered of any connection from or to these addresses: whoever has one
   * next would have its peers' packets let in as those of a live connection.
   */
  forget(addresses: readonly IpAddress[], options: { readonly signal: AbortSignal }): Promise<void>;
}

/**
 * Has the switch forget one address: in conntrack as the one who began and as the one who answers,
 * whatever it was translated from, and in the notes that stand in for conntrack where it knows no ports.
 * Nor is it guarded any more against what others had with it before.
 */
export function forgetting(address: IpAddress): readonly Message[] {
  const flush = { kind: "ctFlush", zone: ctZones[familyOf(address)] } as const;
  return [
    { ...flush, original: { source: address } },
    { ...flush, reply: { source: address } },
    ...repliesOf(address).map((flow) => flowModOf("delete", flow)),
    ...endedOf(address).map((flow) => ({ ...flowModOf("delete", flow), cookieMask: allBits })),
  ];
}

/** Of a cookie: flows that bear it and no others. */
const allBits = 2n ** 64n - 1n;
