import {
  type AgentConfig,
  type LinkChoice,
  linkChoiceOf,
  type NetworkSettings,
  type NodeView,
  parseNode,
  sameSettings,
  withSettings,
} from "@antrea/api";
import { invariant, type Logger } from "@antrea/base";
import type { Store } from "@antrea/kube";
import type { HostNetwork, ObservedHost } from "@antrea/linux";
import { type Cidr, cidrFamily, familyOf } from "@antrea/net";
import {
  type NodeIdentity,
  type PathMtu,
  pathMtu,
  type PodMtu,
  podMtuOf,
  podMtuProblem,
} from "@antrea/pipeline";
import { settingsOf, type Stance } from "@antrea/pipeline/mode";
import { hasTunnelPort, isUplinkShared } from "../bridge/desired-bridge.ts";
import { chooseDatapath, discoverLinks, heedsRouters, type Transport } from "./discovery.ts";
import { ownIdentity } from "./self.ts";

/**
 * What this Node is: found at start, and a change of it starts the agent anew, save for what all Nodes
 * have in common, which follows a change of it while the agent runs.
 */
export interface ThisNode {
  /** With the shared settings in force, which may not be those of the file that the agent was started with. */
  readonly config: AgentConfig;
  readonly stance: Stance;
  readonly view: NodeView;
  readonly identity: NodeIdentity;
  /** The link between Nodes, by the settings that are sent by first. */
  readonly transport: Transport;
  /** The links of all settings in force, by what chooses them. */
  readonly links: ReadonlyMap<LinkChoice, Transport>;
  /** Whether the transport interface's routes may come from routers, which forwarding of IPv6 must not end. */
  readonly heedsRouters: boolean;
  readonly datapathType: "system" | "netdev";
  /** The bridge reads the uplink too (ADR 2). */
  readonly isUplinkShared: boolean;
  readonly hasTunnel: boolean;
  readonly serviceCidrs: readonly Cidr[];
  /** Of Pods and of the gateway. */
  readonly mtu: PodMtu;
  /** The userspace datapath passes unfinished checksums on as they are, unless it segments itself. */
  readonly disableTxChecksum: boolean;
}

export interface DiscoveryDeps {
  readonly config: AgentConfig;
  readonly nodeName: string;
  readonly nodes: Store<NodeView>;
  readonly host: HostNetwork;
  /** What Open vSwitch offers on this machine. */
  readonly datapathTypes: ReadonlySet<string>;
  readonly serviceCidrs: readonly Cidr[];
  /** How the Node is to send and take traffic at first. */
  readonly stance: Stance;
  readonly log: Logger;
}

/** Waits until this Node has a Pod CIDR, and finds out what it is. */
export async function discoverNode(
  { config, nodeName, nodes, host, datapathTypes, serviceCidrs, stance, log }: DiscoveryDeps,
  signal: AbortSignal,
): Promise<ThisNode> {
  const view = await nodes.waitFor(() => withPodCidr(nodes.get(nodeName), log), { signal });
  const observed = await host.observe();
  const found = foundStance(stance, observed, view);
  const links = discoverLinks(observed, view, settingsOf(found));
  const { device } = requireLink(links, found);
  const hasIpv6 = view.podCidrs.some((cidr) => cidrFamily(cidr) === "ipv6");
  const datapath = chooseDatapath(config.ovsDatapathType, datapathTypes);
  if (datapath.warning) log.warn("Datapath is not the one asked for", { err: datapath.warning });
  const facts = {
    config,
    view,
    heedsRouters: hasIpv6 && (await heedsRouters(host, device)),
    datapathType: datapath.type,
    isUplinkShared: isUplinkShared(config, datapath.type),
    hasTunnel: hasTunnelPort(config, datapath.type),
    serviceCidrs,
    disableTxChecksum:
      config.disableTXChecksumOffload || (datapath.type === "netdev" && !config.userspaceTSO),
  };
  const node = nodeAs(facts, found, links);
  log.info("Found this Node", {
    node: nodeName,
    podCidrs: view.podCidrs,
    transport: device,
    mtu: node.mtu.link,
    mode: node.config.trafficEncapMode,
    datapath: datapath.type,
  });
  return node;
}

/** The Node as it is with other shared settings. Throws a sentence where it cannot have them. */
export function nodeAs(
  facts: Omit<ThisNode, "stance" | "mtu" | "identity" | "transport" | "links">,
  stance: Stance,
  found: ReadonlyMap<LinkChoice, Transport>,
): ThisNode {
  const { view } = facts;
  const choices = new Set(settingsOf(stance).map(linkChoiceOf));
  const links = new Map([...found].filter(([choice]) => choices.has(choice)));
  const transport = requireLink(links, stance);
  const mtu = podMtuOf(stance.accepted.map((one) => mtuWith(one, links)));
  const problem = podMtuProblem(mtu.far, view.podCidrs);
  if (problem) throw new Error(problem);
  const config = withSettings(facts.config, stance.preferred[0]);
  const identity = ownIdentity(view, transport.addresses, links);
  return { ...facts, config, stance, mtu, transport, links, identity };
}

/** The links in force, each once, with all addresses that are used there; the one that is sent by comes first. */
export function transportsOf({
  transport,
  links,
}: Pick<ThisNode, "transport" | "links">): readonly Transport[] {
  const byDevice = new Map<string, Transport>();
  for (const one of [transport, ...links.values()]) {
    const { addresses = [] } = byDevice.get(one.device) ?? {};
    const more = one.addresses.filter((each) => !addresses.some((a) => a.address === each.address));
    byDevice.set(one.device, { ...one, addresses: [...addresses, ...more] });
  }
  return [...byDevice.values()];
}

/**
 * The stance without those settings whose link is not there: this Node has told of them before it looked,
 * and takes them when they are led to it anew, or they are left and were never there. What is sent by first
 * has to be there.
 */
export function foundStance(stance: Stance, host: ObservedHost, view: NodeView): Stance {
  const isThere = (one: NetworkSettings): boolean => {
    try {
      return discoverLinks(host, view, [one]).size > 0;
    } catch {
      return false;
    }
  };
  const [first, ...others] = stance.preferred;
  const accepted = stance.accepted.filter((one) => sameSettings(one, first) || isThere(one));
  return { ...stance, preferred: [first, ...others.filter(isThere)], accepted };
}

/**
 * What a change comes to here. Its first step tells others what is taken, so all links have to be there;
 * each later one may leave a link that was a mistake, and that nobody has.
 */
export function stanceToTake(next: Stance, host: ObservedHost, view: NodeView): Stance {
  return next.step === "Accept" ? next : foundStance(next, host, view);
}

function requireLink(links: ThisNode["links"], { preferred: [first] }: Stance): Transport {
  const link = links.get(linkChoiceOf(first));
  invariant(link, "the link of the settings that are sent by is known");
  return link;
}

function mtuWith(settings: NetworkSettings, links: ThisNode["links"]): PathMtu {
  const {
    addresses: [first],
    mtu,
  } = links.get(linkChoiceOf(settings)) ?? { addresses: [], mtu: 0 };
  invariant(first, "a transport interface has an address");
  return pathMtu({
    mode: settings.trafficEncapMode,
    tunnelType: settings.tunnelType,
    transportFamily: familyOf(first.address),
    transportMtu: mtu,
    configuredMtu: settings.defaultMTU,
    perPeer: settings.perPeerMTU,
  });
}

/** The edge where Node objects come in: what they say that cannot be believed is told once a change. */
export function projectNode(object: unknown, log: Logger): NodeView | undefined {
  const parsed = parseNode(object);
  for (const problem of parsed?.problems ?? [])
    log.warn("Refused what a Node says of itself", { err: problem });
  return parsed?.node;
}

function withPodCidr(view: NodeView | undefined, log: Logger): NodeView | undefined {
  if (view && view.podCidrs.length > 0) return view;
  log.info(
    "Waiting for a Pod CIDR of this Node; antrea-controller gives it (nodeIPAM), or kube-controller-manager (--allocate-node-cidrs)",
  );
  return undefined;
}
