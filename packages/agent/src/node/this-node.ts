import { type AgentConfig, type NodeView, parseNode } from "@antrea/api";
import { invariant, type Logger } from "@antrea/base";
import type { Store } from "@antrea/kube";
import type { HostNetwork } from "@antrea/linux";
import { cidrFamily, familyOf } from "@antrea/net";
import type { NodeIdentity } from "@antrea/pipeline";
import { podMtu, podMtuProblem } from "@antrea/pipeline";
import { hasTunnelPort, isUplinkShared, tunnelUdpPort } from "../bridge/desired-bridge.ts";
import { chooseDatapath, discoverTransport, heedsRouters, type Transport } from "./discovery.ts";
import { ownIdentity } from "./self.ts";

/** What this Node is, found once at start: everything else is built on it, and a change of it starts the agent anew. */
export interface ThisNode {
  readonly config: AgentConfig;
  readonly view: NodeView;
  readonly identity: NodeIdentity;
  readonly transport: Transport;
  /** Whether the transport interface's routes may come from routers, which forwarding of IPv6 must not end. */
  readonly heedsRouters: boolean;
  readonly datapathType: "system" | "netdev";
  /** The bridge reads the uplink too (ADR 2). */
  readonly isUplinkShared: boolean;
  readonly hasTunnel: boolean;
  readonly tunnelUdpPort: number | undefined;
  /** Of Pods and of the gateway, in bytes. */
  readonly mtu: number;
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
  readonly log: Logger;
}

/** Waits until this Node has a Pod CIDR, and finds out what it is. */
export async function discoverNode(
  { config, nodeName, nodes, host, datapathTypes, log }: DiscoveryDeps,
  signal: AbortSignal,
): Promise<ThisNode> {
  const view = await nodes.waitFor(() => withPodCidr(nodes.get(nodeName), log), { signal });
  const transport = discoverTransport(await host.observe(), view, config);
  const hasIpv6 = view.podCidrs.some((cidr) => cidrFamily(cidr) === "ipv6");
  const datapath = chooseDatapath(config.ovsDatapathType, datapathTypes);
  if (datapath.warning) log.warn("Datapath is not the one asked for", { err: datapath.warning });
  const [firstTransport] = transport.addresses;
  invariant(firstTransport, "a transport interface has an address");
  const mtu = podMtu({
    mode: config.trafficEncapMode,
    tunnelType: config.tunnelType,
    transportFamily: familyOf(firstTransport.address),
    transportMtu: transport.mtu,
    configuredMtu: config.defaultMTU,
  });
  const problem = podMtuProblem(mtu, view.podCidrs);
  if (problem) throw new Error(problem);
  const node: ThisNode = {
    config,
    view,
    identity: ownIdentity(view, transport.addresses),
    transport,
    heedsRouters: hasIpv6 && (await heedsRouters(host, transport.device)),
    datapathType: datapath.type,
    isUplinkShared: isUplinkShared(config, datapath.type),
    hasTunnel: hasTunnelPort(config, datapath.type),
    tunnelUdpPort: tunnelUdpPort(config),
    mtu,
    disableTxChecksum:
      config.disableTXChecksumOffload || (datapath.type === "netdev" && !config.userspaceTSO),
  };
  log.info("Found this Node", {
    node: nodeName,
    podCidrs: view.podCidrs,
    transport: transport.device,
    mtu: node.mtu,
    mode: config.trafficEncapMode,
    datapath: datapath.type,
  });
  return node;
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
