import type { NetworkForm } from "@antrea/api";
import {
  type Cidr,
  cidrContains,
  cidrFamily,
  cidrsOverlap,
  familyOf,
  type IpAddress,
  type IpFamily,
  type MacAddress,
} from "@antrea/net";
import {
  directPathToProve,
  type NodeIdentity,
  type Path,
  pathTo,
  type PeerNetwork,
  sameSubnet,
} from "@antrea/pipeline";
import { choosePath, mayTurnTo, type PathChoice, type Stance } from "@antrea/pipeline/mode";
import type { TunnelRoute } from "../bridge/tunnel-routes.ts";

/** The neighbour that direct packets to a peer go to: the peer itself, or a router. */
export interface NextHop {
  readonly device: string;
  readonly address: IpAddress;
}

/** A peer with all that was decided about it. */
export interface PeerPlan {
  readonly identity: NodeIdentity;
  /** The Pod CIDRs that are sent to it: all of its own, or none where they are somebody else's. */
  readonly podCidrs: readonly Cidr[];
  readonly path: Path;
  /** The form in which it is sent to; undefined where there is no path. */
  readonly form?: NetworkForm | undefined;
  /** Its packets may come by any router: it is no neighbour, and one of the modes that are taken does not tunnel. */
  readonly mayBeRouted: boolean;
  /**
   * Where direct packets to it go: one of each IP family that both Nodes have on the transport
   * network; none for a tunnel, and where no route leads there.
   */
  readonly nextHops: readonly NextHop[];
  /** The direct path that has to prove itself, also while the peer is tunnelled to. */
  readonly measured?:
    | { readonly onLink: boolean; readonly nextHops: readonly NextHop[] }
    | undefined;
  /** The forms in which probes may have it sent to at any moment. */
  readonly mayTurnTo?: readonly NetworkForm[] | undefined;
  /** Where the outer packets of its tunnel go; undefined where it is reached directly for good. */
  readonly tunnelHop?: NextHop | undefined;
  /**
   * How its end of a tunnel is reached, also while the path is direct: removing a route disturbs
   * tunnels for a moment (ADR 20), so a change of mode leaves them alone.
   */
  readonly tunnelRoute?: TunnelRoute | undefined;
  /** Its own address on our link, where it shares it, whatever the path. */
  readonly linkNeighbour?: NextHop | undefined;
}

export interface PeerContext {
  readonly stance: Stance;
  /** Whether a Node takes packets in this form. */
  readonly takes: (name: string, form: NetworkForm) => boolean;
  readonly local: NodeIdentity;
  readonly transportDevice: string;
  /** Why a Node may not have its Pod CIDRs; undefined if it may. */
  readonly refusal: (name: string) => string | undefined;
  /** What probes found of the direct path to a Node; undefined where the mode does not ask them. */
  readonly direct?: PathChoice["direct"];
  /** What the host's routing table says of a destination that we have no route of our own for. */
  readonly resolve: (
    destination: IpAddress,
  ) => { readonly device: string; readonly via?: IpAddress | undefined } | undefined;
}

/** Decides how a peer is reached. Pure in the two identities, the mode and the routing table. */
export function planPeer(identity: NodeIdentity, context: PeerContext): PeerPlan {
  const reason = overlap(identity, context.local) ?? context.refusal(identity.name);
  return reason === undefined
    ? { identity, podCidrs: identity.podCidrs, ...planWay(identity, context) }
    : {
        identity,
        podCidrs: [],
        path: { kind: "none", reason },
        mayBeRouted: false,
        nextHops: [],
      };
}

function planWay(
  identity: NodeIdentity,
  context: PeerContext,
): Omit<PeerPlan, "identity" | "podCidrs"> {
  const { local, transportDevice } = context;
  const { path, form } = choosePath(identity, context);
  const toProve = pathToProve(identity, context);
  const own = identity.transport.find(({ address }) =>
    local.transport.some((l) => familyOf(l.address) === familyOf(address)),
  );
  const linkNeighbour =
    own && isOnLink(identity, local)
      ? { device: transportDevice, address: own.address }
      : undefined;
  const end = path.kind === "tunnel" ? path.remote : own?.address;
  const hop = end && hopTo(end, context);
  const common = {
    path,
    form,
    mayBeRouted: mayBeRouted(identity, context),
    linkNeighbour,
    nextHops: [],
    tunnelRoute: hop && tunnelRouteBy(hop, end),
    // a tunnel that may be needed in a moment is ready
    ...(path.kind === "tunnel" || toProve ? { tunnelHop: hop } : {}),
    ...(toProve
      ? {
          measured: { ...toProve, nextHops: nextHopsTo(identity, toProve.onLink, context) },
          mayTurnTo: mayTurnTo(identity, context),
        }
      : {}),
  };
  if (path.kind === "direct")
    return { ...common, nextHops: nextHopsTo(identity, path.onLink, context) };
  return common;
}

/** The direct path to a peer that one of the modes in force takes once it is proven. */
function pathToProve(
  identity: NodeIdentity,
  { stance: { preferred, accepted }, local, direct }: PeerContext,
): { readonly onLink: boolean } | undefined {
  return [...preferred, ...accepted]
    .map(({ trafficEncapMode: mode }) =>
      direct?.(identity.name, mode) ? directPathToProve(identity, local, mode) : undefined,
    )
    .find((path) => path !== undefined);
}

function mayBeRouted(
  identity: NodeIdentity,
  { stance: { accepted }, local }: PeerContext,
): boolean {
  const proven = { isProven: true, reason: "" };
  const paths = accepted.map((one) => pathTo(identity, local, one.trafficEncapMode, proven));
  return paths.some((path) => path.kind === "direct" && !path.onLink);
}

/** The neighbours by which each address of a directly reached peer is reached: itself, or a router. */
function nextHopsTo(
  { transport }: NodeIdentity,
  onLink: boolean,
  context: PeerContext,
): readonly NextHop[] {
  const { local, transportDevice } = context;
  const hops = transport.map((theirs) => {
    const ours = local.transport.find(
      ({ address }) => familyOf(address) === familyOf(theirs.address),
    );
    if (!ours) return undefined;
    if (!onLink) return hopTo(theirs.address, context);
    return sameSubnet(ours, theirs).same
      ? { device: transportDevice, address: theirs.address }
      : undefined;
  });
  return hops.filter((hop) => hop !== undefined);
}

/** The next hop of a kernel's route for this family: of the same one, save that IPv4 may go by IPv6 (RFC 8950). */
export function routeHopOf(
  { nextHops }: Pick<PeerPlan, "nextHops">,
  family: IpFamily,
): NextHop | undefined {
  const same = nextHops.find(({ address }) => familyOf(address) === family);
  return same ?? (family === "ipv4" ? nextHops[0] : undefined);
}

/** The Pod CIDRs of a neighbour to which the host's own stack has no way. */
export function unroutable(plan: PeerPlan): readonly Cidr[] {
  const { path, podCidrs } = plan;
  if (path.kind !== "direct" || !path.onLink) return [];
  return podCidrs.filter((cidr) => !routeHopOf(plan, cidrFamily(cidr)));
}

/** The neighbour on the transport device by which `destination` is reached, as the host's routes say. */
function hopTo(
  destination: IpAddress,
  { resolve, transportDevice }: PeerContext,
): NextHop | undefined {
  const route = resolve(destination);
  if (route?.device !== transportDevice) return undefined;
  return { device: route.device, address: route.via ?? destination };
}

/** The way to the other end of a tunnel, as ovs-vswitchd is told it. */
function tunnelRouteBy({ device, address }: NextHop, end: IpAddress): TunnelRoute {
  return { destination: end, device, ...(address !== end && { via: address }) };
}

function isOnLink(identity: NodeIdentity, local: NodeIdentity): boolean {
  const path = pathTo(identity, local, "noEncap");
  return path.kind === "direct" && path.onLink;
}

/** A peer whose Pod CIDR overlaps ours cannot be reached, and must not take our Pods' traffic. */
function overlap(identity: NodeIdentity, local: NodeIdentity): string | undefined {
  for (const theirs of identity.podCidrs)
    for (const ours of local.podCidrs)
      if (cidrsOverlap(theirs, ours)) return `its Pod CIDR ${theirs} overlaps ours, ${ours}`;
  return undefined;
}

/** The peer with the link addresses that are known by now. */
export function withLinkAddresses(
  plan: PeerPlan,
  macOf: (hop: NextHop) => MacAddress | undefined,
): PeerNetwork {
  const families = [...new Set(plan.podCidrs.map(cidrFamily))];
  // a frame goes to an Ethernet address: that of a neighbour is one for all its addresses
  const isNeighbour = plan.measured?.onLink ?? (plan.path.kind === "direct" && plan.path.onLink);
  const nextHops = plan.measured?.nextHops ?? plan.nextHops;
  const known = isNeighbour ? nextHops.map(macOf).find((mac) => mac !== undefined) : undefined;
  return {
    identity: { ...plan.identity, podCidrs: plan.podCidrs },
    path: plan.path,
    ...(plan.path.kind === "tunnel" ? { tunnelForm: plan.form } : {}),
    mayBeRouted: plan.mayBeRouted,
    isMeasured: plan.measured !== undefined,
    // on the bridge one family's next hop will do for the other: a frame goes to an Ethernet address
    nextHopMacs: Object.fromEntries(
      families.flatMap((family) => {
        const hop = routeHopOf({ nextHops }, family) ?? nextHops[0];
        const mac = (hop && macOf(hop)) ?? known;
        return mac ? [[family, mac] as const] : [];
      }),
    ),
    linkMac: plan.linkNeighbour && macOf(plan.linkNeighbour),
    routerMac: plan.linkNeighbour ? undefined : plan.tunnelHop && macOf(plan.tunnelHop),
  };
}

/** Whether a change of this route may change the way to the peer. */
export function isReachedBy({ identity }: PeerPlan, destination: Cidr): boolean {
  return identity.transport.some(({ address }) => cidrContains(destination, address));
}

/** The addresses whose Ethernet address this peer's flows need. */
export function neighboursOf(plan: PeerPlan): readonly NextHop[] {
  const hops = [
    ...plan.nextHops,
    ...(plan.measured?.nextHops ?? []),
    plan.tunnelHop,
    plan.linkNeighbour,
  ].filter((hop) => hop !== undefined);
  return hops.filter((hop, i) => hops.findIndex((h) => h.address === hop.address) === i);
}
