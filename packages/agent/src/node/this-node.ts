import { type AgentConfig, type NetworkSettings, type NodeView, parseNode } from "@antrea/api";
import { invariant, type Logger } from "@antrea/base";
import type { Store } from "@antrea/kube";
import type { HostNetwork } from "@antrea/linux";
import { type Cidr, cidrFamily, familyOf } from "@antrea/net";
import {
  type NodeIdentity,
  type PathMtu,
  pathMtu,
  type PodMtu,
  podMtuOf,
  podMtuProblem,
} from "@antrea/pipeline";
import type { Stance } from "@antrea/pipeline/mode";
import { hasTunnelPort, isUplinkShared } from "../bridge/desired-bridge.ts";
import { chooseDatapath, discoverTransport, heedsRouters, type Transport } from "./discovery.ts";
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
  readonly transport: Transport;
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
  const transport = discoverTransport(await host.observe(), view, config);
  const hasIpv6 = view.podCidrs.some((cidr) => cidrFamily(cidr) === "ipv6");
  const datapath = chooseDatapath(config.ovsDatapathType, datapathTypes);
  if (datapath.warning) log.warn("Datapath is not the one asked for", { err: datapath.warning });
  const found = {
    config,
    view,
    identity: ownIdentity(view, transport.addresses),
    transport,
    heedsRouters: hasIpv6 && (await heedsRouters(host, transport.device)),
    datapathType: datapath.type,
    isUplinkShared: isUplinkShared(config, datapath.type),
    hasTunnel: hasTunnelPort(config, datapath.type),
    serviceCidrs,
    disableTxChecksum:
      config.disableTXChecksumOffload || (datapath.type === "netdev" && !config.userspaceTSO),
  };
  const node = nodeAs(found, stance);
  log.info("Found this Node", {
    node: nodeName,
    podCidrs: view.podCidrs,
    transport: transport.device,
    mtu: node.mtu.link,
    mode: node.config.trafficEncapMode,
    datapath: datapath.type,
  });
  return node;
}

/** The Node as it is with other shared settings. Throws a sentence where it cannot have them. */
export function nodeAs(node: Omit<ThisNode, "stance" | "mtu">, stance: Stance): ThisNode {
  const mtu = podMtuOf(stance.accepted.map((one) => mtuWith(one, node.transport)));
  const problem = podMtuProblem(mtu.far, node.view.podCidrs);
  if (problem) throw new Error(problem);
  return { ...node, config: { ...node.config, ...stance.preferred[0] }, stance, mtu };
}

function mtuWith(settings: NetworkSettings, { addresses: [first], mtu }: Transport): PathMtu {
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
