import { isDeepStrictEqual } from "node:util";
import {
  findTunnelForm,
  type LinkChoice,
  linkChoiceOf,
  type NetworkForm,
  type NetworkSettings,
} from "@antrea/api";
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
  reachedOver,
  sameSubnet,
} from "@antrea/pipeline";
import {
  choosePath,
  formOf,
  mayTurnTo,
  pathBy,
  type PathChoice,
  settingsOf,
  type Stance,
} from "@antrea/pipeline/mode";
import type { TunnelRoute } from "../bridge/tunnel-routes.ts";

/** The neighbour that direct packets to a peer go to: the peer itself, or a router. */
export interface NextHop {
  readonly device: string;
  readonly address: IpAddress;
}

/** The way to a peer over one link. */
export interface PeerWay {
  /** As it is reached over this link. */
  readonly identity: NodeIdentity;
  /** The link. */
  readonly device: string;
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
  /** By whom bare packets to it will go, while it is tunnelled to and the mode changes to one that routes them. */
  readonly routers?: readonly NextHop[] | undefined;
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

/** A peer with all that was decided about it. */
export interface PeerPlan extends PeerWay {
  /** The Pod CIDRs that are sent to it: all of its own, or none where they are somebody else's. */
  readonly podCidrs: readonly Cidr[];
  /** The ways over other links, while the link between Nodes changes: its packets may come by them. */
  readonly others: readonly PeerWay[];
}

export interface PeerContext {
  readonly stance: Stance;
  /** Whether a Node takes packets in this form. */
  readonly takes: (name: string, form: NetworkForm) => boolean;
  readonly local: NodeIdentity;
  /** The device of each link in force. */
  readonly deviceOf: (link: LinkChoice) => string;
  /** Why a Node may not have its Pod CIDRs; undefined if it may. */
  readonly refusal: (name: string) => string | undefined;
  /** What probes found of the direct path to a Node; undefined where the mode does not ask them. */
  readonly direct?: PathChoice["direct"];
  /** What the host's routing table says of a destination that we have no route of our own for. */
  readonly resolve: (
    destination: IpAddress,
  ) => { readonly device: string; readonly via?: IpAddress | undefined } | undefined;
}

/** The same, as far as it is of one link. */
interface LinkContext extends PeerContext {
  readonly transportDevice: string;
  /** Those in force that choose this link. */
  readonly settings: readonly NetworkSettings[];
}

/** Decides how a peer is reached. Pure in the two identities, the mode and the routing table. */
export function planPeer(identity: NodeIdentity, context: PeerContext): PeerPlan {
  const reason = overlap(identity, context.local) ?? context.refusal(identity.name);
  return reason === undefined
    ? { podCidrs: identity.podCidrs, ...planWays(identity, context) }
    : {
        identity,
        podCidrs: [],
        device: context.deviceOf(linkChoiceOf(context.stance.preferred[0])),
        others: [],
        path: { kind: "none", reason },
        mayBeRouted: false,
        nextHops: [],
      };
}

/** The way that is sent by, and those by which the peer may send while the link changes. */
function planWays(identity: NodeIdentity, context: PeerContext): Omit<PeerPlan, "podCidrs"> {
  const { settings, ...chosen } = choosePath(identity, context);
  const byLink = new Map(
    settingsOf(context.stance)
      .toReversed()
      .map((one) => [linkChoiceOf(one), one] as const),
  );
  byLink.delete(linkChoiceOf(settings));
  // a Node that tells its links is not looked for on one that it does not tell yet
  for (const link of byLink.keys()) if (identity.links?.has(link) === false) byLink.delete(link);
  const way = planWay(identity, context, { ...chosen, settings });
  const others = [...byLink.values()].map((one) => {
    const path = pathBy(one, identity, context);
    return planWay(identity, context, { path, form: formOf(path, one), settings: one });
  });
  return { ...way, others: others.filter((other) => !isSameWay(other, way)) };
}

/** Two choices may mean one link. */
function isSameWay(a: PeerWay, b: PeerWay): boolean {
  return a.device === b.device && isDeepStrictEqual(a.identity.transport, b.identity.transport);
}

function planWay(
  peer: NodeIdentity,
  cluster: PeerContext,
  { path, form, settings }: Pick<PeerWay, "path" | "form"> & { readonly settings: NetworkSettings },
): PeerWay {
  const link = linkChoiceOf(settings);
  const identity = reachedOver(peer, link);
  const context: LinkContext = {
    ...cluster,
    local: reachedOver(cluster.local, link),
    transportDevice: cluster.deviceOf(link),
    settings: settingsOf(cluster.stance).filter((one) => linkChoiceOf(one) === link),
  };
  const { local, transportDevice } = context;
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
    ...{ identity, device: transportDevice, path, form },
    mayBeRouted: mayBeRouted(identity, context),
    linkNeighbour,
    nextHops: [],
    tunnelRoute: hop && tunnelRouteBy(hop, end),
    // a tunnel that may be needed in a moment is ready
    ...(path.kind === "tunnel" || toProve ? { tunnelHop: hop } : {}),
    ...(toProve
      ? {
          measured: { ...toProve, nextHops: nextHopsTo(identity, toProve.onLink, context) },
          mayTurnTo: mayTurnTo(peer, cluster),
        }
      : {}),
    ...(path.kind === "tunnel" && isRoutedByOne(peer, context)
      ? { routers: nextHopsTo(identity, false, context) }
      : {}),
  };
  if (path.kind === "direct")
    return { ...common, nextHops: nextHopsTo(identity, path.onLink, context) };
  return common;
}

/** The direct path to a peer that one of the modes in force takes once it is proven. */
function pathToProve(
  identity: NodeIdentity,
  { settings, local, direct }: LinkContext,
): { readonly onLink: boolean } | undefined {
  return settings
    .map((one) => {
      const mode = one.trafficEncapMode;
      const verdict = direct?.(identity.name, mode, linkChoiceOf(one));
      return verdict && directPathToProve(identity, local, mode);
    })
    .find((path) => path !== undefined);
}

/** Whether one of the modes in force sends to it by routers. */
function isRoutedByOne(peer: NodeIdentity, { settings, ...cluster }: LinkContext): boolean {
  const paths = settings.map((one) => pathBy(one, peer, cluster));
  return paths.some((path) => path.kind === "direct" && !path.onLink);
}

function mayBeRouted(
  identity: NodeIdentity,
  { stance: { accepted }, settings, local }: LinkContext,
): boolean {
  const proven = { isProven: true, reason: "" };
  const taken = settings.filter((one) => accepted.includes(one));
  const paths = taken.map((one) => pathTo(identity, local, one.trafficEncapMode, proven));
  return paths.some((path) => path.kind === "direct" && !path.onLink);
}

/** The neighbours by which each address of a directly reached peer is reached: itself, or a router. */
function nextHopsTo(
  { transport }: NodeIdentity,
  onLink: boolean,
  context: LinkContext,
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
  { resolve, transportDevice }: LinkContext,
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
  plan: PeerWay & Pick<PeerPlan, "podCidrs">,
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
    ...(plan.path.kind === "tunnel" ? { tunnelForm: findTunnelForm(plan.form) } : {}),
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
export function isReachedBy({ others, ...way }: PeerPlan, destination: Cidr): boolean {
  return [way, ...others].some(({ identity }) =>
    identity.transport.some(({ address }) => cidrContains(destination, address)),
  );
}

/** The addresses whose Ethernet address this peer's flows need. */
export function neighboursOf({ others, ...way }: PeerPlan): readonly NextHop[] {
  return neighboursBy([way, ...others]);
}

/** Those that a change waits for: by which the peer is not sent to yet, over other links or by routers. */
export function awaitedNeighboursOf({ others, routers = [] }: PeerPlan): readonly NextHop[] {
  return [...routers, ...neighboursBy(others)];
}

function neighboursBy(ways: readonly PeerWay[]): readonly NextHop[] {
  const hops = ways
    .flatMap(({ nextHops, measured, routers = [], tunnelHop, linkNeighbour }) => [
      ...nextHops,
      ...routers,
      ...(measured?.nextHops ?? []),
      ...[tunnelHop, linkNeighbour],
    ])
    .filter((hop) => hop !== undefined);
  return hops.filter((hop, i) => hops.findIndex((h) => h.address === hop.address) === i);
}
