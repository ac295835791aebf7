import {
  type LinkChoice,
  type Links,
  trafficModes,
  type TransportAddress,
  type TunnelForm,
  tunnelTypes,
} from "@antrea/api";
import type { Cidr, InterfaceAddress, IpAddress, IpFamily, MacAddress, OfPort } from "@antrea/net";

export { trafficModes, tunnelTypes };
export type TrafficMode = (typeof trafficModes)[number];
export type TunnelType = (typeof tunnelTypes)[number];

/** How packets to a peer leave this Node, and why. Flows, routes, MTU and status all follow from it. */
export type Path =
  | { readonly kind: "tunnel"; readonly remote: IpAddress; readonly reason: string }
  /** `onLink`: the peer is a neighbour; otherwise the fabric has to know its Pod CIDR. */
  | { readonly kind: "direct"; readonly onLink: boolean; readonly reason: string }
  | { readonly kind: "none"; readonly reason: string };

/** What probes found of the direct path to a peer. */
export interface DirectVerdict {
  readonly isProven: boolean;
  readonly reason: string;
}

/** A Node as others see it: what its Node object says, parsed. */
export interface NodeIdentity {
  readonly name: string;
  readonly podCidrs: readonly Cidr[];
  /** The addresses that tunnels end at and direct traffic goes to, with the prefix of their link where it is known. */
  readonly transport: readonly TransportAddress[];
  /** The same over each link that it says it takes traffic by. */
  readonly links?: Links | undefined;
  /** As the cloud names the machine, for routes that a person has to add there. */
  readonly providerId?: string | undefined;
}

/** The Node as it is reached over a link: where it does not say, at the addresses that it has for all. */
export function reachedOver(identity: NodeIdentity, choice: LinkChoice): NodeIdentity {
  const transport = identity.links?.get(choice);
  return transport ? { ...identity, transport } : identity;
}

/** The link that the bridge shares with the host, where the bridge itself carries tunnels and direct traffic. */
export interface Uplink {
  readonly device: string;
  readonly ofPort: OfPort;
  readonly mac: MacAddress;
  readonly addresses: readonly InterfaceAddress[];
}

export interface Tunnel {
  /** By which peers name it: `geneve:6081`. */
  readonly form: TunnelForm;
  readonly type: TunnelType;
  readonly ofPort: OfPort;
  /** The UDP destination port; undefined for GRE, which has none. */
  readonly udpPort?: number | undefined;
}

export interface Gateway {
  readonly ofPort: OfPort;
  readonly mac: MacAddress;
  readonly addresses: readonly InterfaceAddress[];
}

/** All of this Node that flows depend on. */
export interface NodeNetwork {
  /**
   * Whether the datapath can make the answer of a neighbour solicitation: Open vSwitch's own one can,
   * the kernel's cannot, and refuses flows that would (OFPBAC_BAD_SET_ARGUMENT).
   */
  readonly answersNd: boolean;
  readonly podCidrs: readonly Cidr[];
  /** The addresses of Services, which the host translates. */
  readonly serviceCidrs?: readonly Cidr[] | undefined;
  readonly gateway: Gateway;
  /** All are taken from every peer; more than one only while their type changes. */
  readonly tunnels: readonly Tunnel[];
  /** Undefined where the host's own stack carries direct traffic (`uplinkPath: kernel`, or the system datapath). */
  readonly uplink?: Uplink | undefined;
  /** Links that traffic is taken from as well, while the link between Nodes changes. */
  readonly otherUplinks?: readonly Uplink[] | undefined;
}

/** All links that the bridge shares with the host. */
export function uplinksOf({ uplink, otherUplinks = [] }: NodeNetwork): readonly Uplink[] {
  return uplink ? [uplink, ...otherUplinks] : [];
}

/** The Node as it would be with this link alone; as it is, where the bridge does not share it. */
export function networkOver(network: NodeNetwork, device: string): NodeNetwork {
  const uplink = uplinksOf(network).find((one) => one.device === device);
  return uplink ? { ...network, uplink, otherUplinks: [] } : network;
}

/** A Pod's port on the bridge. */
export interface PodAttachment {
  /** `namespace/name`. */
  readonly key: string;
  readonly ofPort: OfPort;
  readonly mac: MacAddress;
  readonly addresses: readonly IpAddress[];
}

/** A peer Node, with the decisions and discoveries that its flows follow from. */
export interface PeerNetwork {
  readonly identity: NodeIdentity;
  readonly path: Path;
  /** Its direct path has to prove itself: probes are answered and heard, whatever the path. */
  readonly isMeasured?: boolean | undefined;
  /** The tunnel that this peer is sent to by, where its path is one; the Node's first, if not said. */
  readonly tunnelForm?: TunnelForm | undefined;
  /** Its un-encapsulated packets may come by any router: one of the modes in force is noEncap or auto, and it is no neighbour. */
  readonly mayBeRouted?: boolean | undefined;
  /** The Ethernet addresses that direct packets of each family are sent to; absent until they are resolved. */
  readonly nextHopMacs?: Readonly<Partial<Record<IpFamily, MacAddress>>>;
  /** The peer's own Ethernet address where it shares our link: its direct packets must come from there. */
  readonly linkMac?: MacAddress | undefined;
  /** The Ethernet address of the router towards a peer that is tunnelled to: while Nodes change their mode, its direct packets come from there. */
  readonly routerMac?: MacAddress | undefined;
}

/** The Ethernet address that stands for "the other side" of a tunnel and the answer to ARP for it. */
export const globalVirtualMac = "aa:bb:cc:dd:ee:ff" as MacAddress;
