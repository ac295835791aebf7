import type { IpAddress } from "@antrea/net";
import {
  allHosts,
  allSubnets,
  type HostLink,
  type LabPlan,
  namespacesOf,
  onSubnet,
  type SubnetPlan,
} from "../plan/lab-plan.ts";

/** Lines for `ip -batch`, to be run in one namespace. Undefined: the machine's own. */
export interface Batch {
  readonly namespace: string | undefined;
  readonly lines: readonly string[];
}

/** Settings of sysctl(8) for one namespace; made before its links, which inherit the defaults. */
export interface Sysctls {
  readonly namespace: string;
  readonly settings: readonly string[];
  /** Those of kernels that have them: a module's, which may not be there. */
  readonly whereKnown?: readonly string[];
}

/**
 * A namespace begins with a netfilter that looks at bridged frames, whatever its bridges say of
 * themselves, if the module br_netfilter is there. A switch has none, and it would cost each frame twice.
 */
export const plainBridges = ["iptables", "ip6tables", "arptables"].map(
  (tables) => `net.bridge.bridge-nf-call-${tables}=0`,
);

/** Name of the router's port on a subnet's bridge, in the fabric's namespace. */
export function routerPort(subnet: SubnetPlan): string {
  return `rt-${subnet.name}`;
}

export function namespaceBatch(plan: LabPlan): Batch {
  return { namespace: undefined, lines: namespacesOf(plan).map((name) => `netns add ${name}`) };
}

export function fabricSysctls(plan: LabPlan): readonly Sysctls[] {
  const noIpv6 = ["net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"];
  return [
    { namespace: plan.fabricNamespace, settings: noIpv6, whereKnown: plainBridges },
    {
      namespace: plan.routerNamespace,
      settings: [
        "net.ipv4.ip_forward=1",
        ...(hasIpv6(plan) ? ["net.ipv6.conf.all.forwarding=1"] : noIpv6),
        // A cloud's router takes only sources it has a route back to, and sends no redirects.
        ...["all", "default"].flatMap((scope) => [
          `net.ipv4.conf.${scope}.rp_filter=1`,
          `net.ipv4.conf.${scope}.send_redirects=0`,
        ]),
      ],
    },
    ...plan.nodes.map((node) => nodeSysctls(node.link)),
  ];
}

function hasIpv6({ cluster }: LabPlan): boolean {
  return cluster.some(({ family }) => family === "ipv6");
}

export function nodeSysctls({ namespace }: HostLink): Sysctls {
  return {
    namespace,
    settings: [
      "net.ipv4.ip_forward=1", // every installer of Kubernetes asks for it
      "net.ipv4.conf.all.rp_filter=0",
      "net.ipv4.conf.default.rp_filter=0",
    ],
  };
}

/**
 * Bridges, and the links of routers and hosts to them. STP and multicast snooping are off, and no
 * netfilter sees bridged frames: the bridges are plain learning switches.
 */
export function linkBatch(plan: LabPlan): Batch {
  const bridge = (subnet: SubnetPlan) => [
    `link add ${subnet.name} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
    `link set ${subnet.name} up`,
    ...port(routerPort(subnet), subnet.routerLink, plan.routerNamespace, subnet),
  ];
  return {
    namespace: plan.fabricNamespace,
    lines: [
      "link set lo up",
      ...allSubnets(plan).flatMap(bridge),
      ...allHosts(plan).flatMap(hostPort),
    ],
  };
}

/** Addresses and routes of the router and of each host, to be run once the links are there. */
export function addressBatches(plan: LabPlan): readonly Batch[] {
  const { machineLink, controlPlane } = plan;
  const router: Batch = {
    namespace: plan.routerNamespace,
    lines: [
      "link set lo up",
      ...allSubnets(plan).flatMap((subnet) => [
        ...addresses(
          subnet.networks.map(({ router }) => router),
          subnet,
          subnet.routerLink,
        ),
        `link set ${subnet.routerLink} up`,
      ]),
      ...plan.cluster.map(({ family }) => `route add blackhole ${everywhere[family]}`),
    ],
  };
  const machine: Batch = {
    namespace: undefined,
    lines: [
      `link add ${machineLink.device} type veth peer name ${machineLink.peerDevice}` +
        ` netns ${controlPlane.link.namespace}`,
      `address add ${machineLink.address}/${machineLink.prefixLength} dev ${machineLink.device}`,
      `link set ${machineLink.device} up`,
    ],
  };
  return [router, machine, ...allHosts(plan).map((host) => hostBatch(host))];
}

/** The control plane's end of the link to the machine, after both of `addressBatches`' ends exist. */
export function machinePeerBatch({ machineLink, controlPlane }: LabPlan): Batch {
  const { peerDevice, peerAddress, prefixLength } = machineLink;
  return {
    namespace: controlPlane.link.namespace,
    lines: [
      `address add ${peerAddress}/${prefixLength} dev ${peerDevice}`,
      `link set ${peerDevice} up`,
    ],
  };
}

export interface LinkEnd {
  readonly namespace: string;
  readonly device: string;
}

/** Every end of every link of the fabric, for ethtool(8). */
export function linkEnds(plan: LabPlan): readonly LinkEnd[] {
  return [
    ...allSubnets(plan).flatMap((subnet) => [
      { namespace: plan.fabricNamespace, device: routerPort(subnet) },
      { namespace: plan.routerNamespace, device: subnet.routerLink },
    ]),
    ...allHosts(plan).flatMap((host) => hostLinkEnds(plan, host)),
  ];
}

export function hostLinkEnds(plan: LabPlan, host: HostLink): readonly LinkEnd[] {
  return [
    { namespace: plan.fabricNamespace, device: host.port },
    { namespace: host.namespace, device: "eth0" },
  ];
}

/** The link of one host to its bridge, to be made in the fabric's namespace. */
export function hostPort(host: HostLink): readonly string[] {
  return port(host.port, "eth0", host.namespace, host.subnet);
}

function port(name: string, peer: string, namespace: string, subnet: SubnetPlan): string[] {
  return [
    `link add ${name} type veth peer name ${peer} netns ${namespace}`,
    `link set ${name} master ${subnet.name} up`,
  ];
}

/** Lines that give a device its addresses; nobody in a lab has one twice, so none waits for it. */
function addresses(
  list: readonly IpAddress[],
  subnet: SubnetPlan,
  device: string,
): readonly string[] {
  return onSubnet(list, subnet).map(
    (text) => `address add ${text} dev ${device}${text.includes(":") ? " nodad" : ""}`,
  );
}

const everywhere = { ipv4: "0.0.0.0/0", ipv6: "::/0" } as const;

/** A host's own addresses and ways out. */
export function hostBatch(host: HostLink): Batch {
  return {
    namespace: host.namespace,
    lines: [
      "link set lo up",
      ...addresses(host.addresses, host.subnet, "eth0"),
      "link set eth0 up",
      ...host.subnet.networks.map(({ router }) => `route add default via ${router}`),
    ],
  };
}
