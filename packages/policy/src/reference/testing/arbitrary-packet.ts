import { familyOf } from "@antrea/net";
import fc from "fast-check";
import type { Cluster } from "../cluster.ts";
import { endpointAt, type Packet, type Traffic } from "../packet.ts";
import { allIps, oneOf, protocol, universe } from "./universe.ts";

const traffic: fc.Arbitrary<Traffic> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      protocol,
      sourcePort: oneOf(universe.sourcePorts),
      destinationPort: oneOf(universe.ports),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      protocol: fc.constant("ICMP" as const),
      icmpType: fc.constantFrom(0, 3, 8, 128),
      icmpCode: fc.constantFrom(0, 1),
    }),
  },
);

/** Kinds of traffic to ask about, for `packetsOf`. */
export const traffics = fc.array(traffic, { minLength: 1, maxLength: 5, size: "max" });

/** A packet each way between every Pod's address and every other address, with one kind of traffic after the other. */
export function packetsOf(cluster: Cluster, kinds: readonly Traffic[]): readonly Packet[] {
  const isPod = new Map(allIps.map((one) => [one, endpointAt(cluster, one).pod !== undefined]));
  const pairs = allIps.flatMap((source) =>
    allIps
      .filter((destination) => familyOf(source) === familyOf(destination))
      .filter((destination) => isPod.get(source) || isPod.get(destination))
      .map((destination) => ({ source, destination })),
  );
  return pairs.flatMap((pair, i) => {
    const kind = kinds[i % kinds.length];
    return kind ? [{ ...pair, traffic: kind }] : [];
  });
}
