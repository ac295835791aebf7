import { cidrContains, cidrOf, familyOf, type IpAddress } from "@antrea/net";
import type { TransportAddress } from "@antrea/api";
import type { DirectVerdict, NodeIdentity, Path, TrafficMode } from "./network.ts";

/**
 * How this Node reaches `peer` in `mode`, and why: the one answer from which flows, routes, MTU and
 * status follow. Pure in what both Nodes publish, so that both ends come to the same answer; with a
 * `verdict` a direct path that can be left for a tunnel is taken only where probes have proven it,
 * and `auto` is `hybrid` for whom nothing measures.
 */
export function pathTo(
  peer: NodeIdentity,
  local: NodeIdentity,
  mode: TrafficMode,
  verdict?: DirectVerdict,
): Path {
  const pair = transportPair(local, peer);
  if (!pair)
    return { kind: "none", reason: "no transport address of the same family on both Nodes" };
  const tunnel = (reason: string): Path => ({
    kind: "tunnel",
    remote: pair.theirs.address,
    reason,
  });
  if (mode === "encap") return tunnel("mode encap");

  const { same, reason } = sameSubnet(pair.ours, pair.theirs);
  if (mode === "noEncap")
    return { kind: "direct", onLink: same, reason: same ? reason : `mode noEncap, ${reason}` };
  const mayBeDirect = same || (mode === "auto" && verdict !== undefined);
  if (!mayBeDirect) return tunnel(reason);
  if (!verdict) return { kind: "direct", onLink: same, reason };
  const measured = `${reason}; ${verdict.reason}`;
  return verdict.isProven ? { kind: "direct", onLink: same, reason: measured } : tunnel(measured);
}

/** The direct path to a peer that `mode` takes once it is proven; undefined where it never would. */
export function directPathToProve(
  peer: NodeIdentity,
  local: NodeIdentity,
  mode: TrafficMode,
): { readonly onLink: boolean } | undefined {
  if (mode === "noEncap") return undefined;
  const path = pathTo(peer, local, mode, { isProven: true, reason: "" });
  return path.kind === "direct" ? { onLink: path.onLink } : undefined;
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
