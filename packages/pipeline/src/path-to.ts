import { cidrContains, cidrOf, familyOf, type IpAddress } from "@antrea/net";
import type { TransportAddress } from "@antrea/api";
import type { NodeIdentity, Path, TrafficMode } from "./network.ts";

/**
 * How this Node reaches `peer` in `mode`, and why: the one answer from which flows, routes, MTU and
 * status follow. Pure in what both Nodes publish, so that both ends come to the same answer.
 */
export function pathTo(peer: NodeIdentity, local: NodeIdentity, mode: TrafficMode): Path {
  const pair = transportPair(local, peer);
  if (!pair)
    return { kind: "none", reason: "no transport address of the same family on both Nodes" };
  if (mode === "encap")
    return { kind: "tunnel", remote: pair.theirs.address, reason: "mode encap" };

  const subnet = sameSubnet(pair.ours, pair.theirs);
  if (subnet.same) return { kind: "direct", onLink: true, reason: subnet.reason };
  if (mode === "noEncap")
    return { kind: "direct", onLink: false, reason: `mode noEncap, ${subnet.reason}` };
  return { kind: "tunnel", remote: pair.theirs.address, reason: subnet.reason };
}

/** The first pair of addresses of one family, in this Node's order. */
function transportPair(
  local: NodeIdentity,
  peer: NodeIdentity,
): { readonly ours: TransportAddress; readonly theirs: TransportAddress } | undefined {
  for (const ours of local.transport) {
    const theirs = peer.transport.find(
      ({ address }) => familyOf(address) === familyOf(ours.address),
    );
    if (theirs) return { ours, theirs };
  }
  return undefined;
}

/**
 * Two Nodes share a subnet when each lies in the other's prefix. Asking both makes unequal masks
 * come out the same at both ends; where the peer has not said its prefix, ours alone decides.
 */
export function sameSubnet(
  ours: TransportAddress,
  theirs: TransportAddress,
): { readonly same: boolean; readonly reason: string } {
  const weSeeThem = covers(ours, theirs.address);
  const theySeeUs = theirs.prefixLength === undefined ? weSeeThem : covers(theirs, ours.address);
  const text = `${withPrefix(ours)} and ${withPrefix(theirs)}`;
  if (weSeeThem && theySeeUs) return { same: true, reason: `same subnet: ${text}` };
  if (weSeeThem !== theySeeUs) return { same: false, reason: `unequal masks: ${text}` };
  return { same: false, reason: `different subnets: ${text}` };
}

function covers(from: TransportAddress, address: IpAddress): boolean {
  return (
    from.prefixLength !== undefined &&
    cidrContains(cidrOf(from.address, from.prefixLength), address)
  );
}

function withPrefix({ address, prefixLength }: TransportAddress): string {
  return prefixLength === undefined ? address : `${address}/${prefixLength}`;
}
