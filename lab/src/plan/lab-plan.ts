import { invariant } from "@antrea/base";
import {
  type Cidr,
  cidrContains,
  familyOf,
  type IpAddress,
  type IpFamily,
  prefixLengthOf,
} from "@antrea/net";
import type { LabOptions } from "../options.ts";
import {
  address,
  addressPlan,
  type ClusterNetwork,
  ipFamilies,
  machineSubnet,
  nodeSubnet,
} from "./address-plan.ts";

/** A link between a host's namespace (`eth0` there) and a bridge of the fabric (`port` there). */
export interface HostLink {
  readonly namespace: string;
  readonly port: string;
  readonly subnet: SubnetPlan;
  /** Of the primary IP family. */
  readonly address: IpAddress;
  /** One of each IP family, the primary first. */
  readonly addresses: readonly IpAddress[];
}

export interface SubnetPlan {
  /** As a person names it: `subnet-1`, `management`, `outside`. Also the name of its bridge. */
  readonly name: string;
  /** One of each IP family, the primary first. */
  readonly networks: readonly SubnetNetwork[];
  /** The router's end of its link to the bridge, in the router's namespace. */
  readonly routerLink: string;
}

/** A subnet in one IP family. */
export interface SubnetNetwork {
  readonly cidr: Cidr;
  readonly router: IpAddress;
}

export interface NodePlan {
  readonly name: string;
  readonly number: number;
  readonly link: HostLink;
  /** Of the primary IP family. */
  readonly address: IpAddress;
  readonly subnet: string;
  /** Files that hold the Node's namespaces. */
  readonly namespaces: NamespaceFiles;
  /** The Node's own disk, in the state folder. */
  readonly folder: string;
  /** Where kubelet puts the Node's Pods. */
  readonly cgroup: string;
  /** Where the Node's own programs are. */
  readonly systemCgroup: string;
}

/** Paths for nsenter(1). */
export interface NamespaceFiles {
  readonly net: string;
  readonly mount?: string;
  readonly uts?: string;
}

/**
 * All names, addresses and paths of one lab: a function of its options, so `down` knows what `up`
 * made also when `up` never finished.
 */
export interface LabPlan {
  readonly name: string;
  readonly stateFolder: string;
  /** Short-lived files: the pinned mount namespaces. */
  readonly runFolder: string;
  readonly logFolder: string;
  /** The cluster's networks, one of each IP family, the primary first. */
  readonly cluster: readonly ClusterNetwork[];
  readonly subnets: readonly SubnetPlan[];
  readonly management: SubnetPlan;
  readonly outside: SubnetPlan;
  readonly fabricNamespace: string;
  readonly routerNamespace: string;
  readonly controlPlane: {
    readonly link: HostLink;
    readonly namespaces: NamespaceFiles;
    readonly systemCgroup: string;
  };
  readonly outsideHost: { readonly link: HostLink; readonly namespaces: NamespaceFiles };
  readonly nodes: readonly NodePlan[];
  readonly machineLink: {
    readonly device: string;
    readonly peerDevice: string;
    readonly address: IpAddress;
    readonly peerAddress: IpAddress;
    readonly prefixLength: number;
  };
  /** Where kubectl on the machine finds the API. */
  readonly apiUrl: string;
  /** Where Nodes find it. */
  readonly nodeApiUrl: string;
  readonly cgroupRoot: string;
}

export interface Surroundings {
  readonly stateRoot: string;
  readonly runRoot: string;
  /** Addresses that the machine's own links have. */
  readonly machineAddresses: readonly IpAddress[];
}

/** The parent cgroup of all labs. */
export const cgroupOfLabs = "/antrea-lab";

export function planLab(options: LabOptions, around: Surroundings): LabPlan {
  const { name } = options;
  const stateFolder = `${around.stateRoot}/${name}`;
  const runFolder = `${around.runRoot}/${name}`;
  const namespace = (suffix: string) => `antrea-lab-${name}-${suffix}`;
  const hostLink = (host: string, subnet: SubnetPlan, index: number): HostLink => {
    const addresses = subnet.networks.map(({ cidr }) =>
      address(cidr, addressPlan.firstHostIndex + index),
    );
    return {
      namespace: namespace(host),
      port: host === subnet.name ? `${host}-host` : host,
      subnet,
      address: primary(addresses),
      addresses,
    };
  };
  const subnets = nodeSubnets(options);
  const nodePlan = (number: number, link: HostLink): NodePlan => ({
    name: link.port,
    number,
    link,
    address: link.address,
    subnet: link.subnet.name,
    namespaces: {
      net: netnsFile(link.namespace),
      mount: `${runFolder}/${link.port}.mount`,
      uts: `${runFolder}/${link.port}.uts`,
    },
    folder: `${stateFolder}/nodes/${link.port}`,
    cgroup: `${cgroupOfLabs}/${name}/${link.port}`,
    systemCgroup: `${cgroupOfLabs}/${name}/system/${link.port}`,
  });
  const families = ipFamilies[options.ipFamily];
  const management = subnetPlan("management", addressPlan.managementSubnet, families);
  const outside = subnetPlan("outside", addressPlan.outsideSubnet, families);
  const controlLink = hostLink("control-plane", management, 0);
  const outsideLink = hostLink("outside", outside, 0);
  const machineLink = planMachineLink(name, around.machineAddresses);
  return {
    name,
    stateFolder,
    runFolder,
    logFolder: `${stateFolder}/logs`,
    cluster: families.map((family) => addressPlan.cluster[family]),
    subnets,
    management,
    outside,
    fabricNamespace: namespace("fabric"),
    routerNamespace: namespace("router"),
    controlPlane: {
      link: controlLink,
      namespaces: { net: netnsFile(controlLink.namespace) },
      systemCgroup: `${cgroupOfLabs}/${name}/system/control-plane`,
    },
    outsideHost: { link: outsideLink, namespaces: { net: netnsFile(outsideLink.namespace) } },
    nodes: subnets.flatMap((subnet, s) =>
      numbersOf(s, options).map((number, i) =>
        nodePlan(number, hostLink(`node-${number}`, subnet, i)),
      ),
    ),
    machineLink,
    apiUrl: `https://${machineLink.peerAddress}:6443`,
    nodeApiUrl: `https://${urlHost(controlLink.address)}:6443`,
    cgroupRoot: `${cgroupOfLabs}/${name}`,
  };
}

function nodeSubnets({ subnets, ipFamily }: LabOptions): readonly SubnetPlan[] {
  const numbers = Array.from({ length: subnets }, (_, i) => i + 1);
  return numbers.map((number) =>
    subnetPlan(`subnet-${number}`, nodeSubnet(number), ipFamilies[ipFamily]),
  );
}

function subnetPlan(
  name: string,
  cidrs: Readonly<Record<IpFamily, Cidr>>,
  families: readonly IpFamily[],
): SubnetPlan {
  const networks = families.map((family) => ({
    cidr: cidrs[family],
    router: address(cidrs[family], addressPlan.routerIndex),
  }));
  return { name, networks, routerLink: name };
}

/** Of the first IP family. */
export function primary<T>([first]: readonly T[]): T {
  invariant(first !== undefined, "a lab has an IP family");
  return first;
}

/** An address as URLs write it (RFC 3986 section 3.2.2). */
function urlHost(host: IpAddress): string {
  return familyOf(host) === "ipv6" ? `[${host}]` : host;
}

/** Device and addresses follow from the lab's name, so that labs side by side do not collide. */
function planMachineLink(name: string, used: readonly IpAddress[]): LabPlan["machineLink"] {
  const seed = hashOf(name);
  const subnet = machineSubnet(seed, used);
  return {
    device: `alab-${seed.toString(16).padStart(8, "0")}`,
    peerDevice: "machine0",
    address: address(subnet, 1),
    peerAddress: address(subnet, 2),
    prefixLength: prefixLengthOf(subnet),
  };
}

/** All network namespaces of the lab, by name. */
export function namespacesOf(plan: LabPlan): readonly string[] {
  return [
    plan.fabricNamespace,
    plan.routerNamespace,
    plan.controlPlane.link.namespace,
    plan.outsideHost.link.namespace,
    ...plan.nodes.map((node) => node.link.namespace),
  ];
}

export function findNode(plan: LabPlan, name: string): NodePlan | undefined {
  return plan.nodes.find((node) => node.name === name);
}

/** All subnets with a bridge in the fabric. */
export function allSubnets(plan: LabPlan): readonly SubnetPlan[] {
  return [...plan.subnets, plan.management, plan.outside];
}

/** All hosts with a link to the fabric. */
export function allHosts(plan: LabPlan): readonly HostLink[] {
  return [...plan.nodes.map((n) => n.link), plan.controlPlane.link, plan.outsideHost.link];
}

/** Addresses in a subnet with its prefix lengths, as in "172.30.1.10/24". */
export function onSubnet(hosts: readonly IpAddress[], { networks }: SubnetPlan): readonly string[] {
  return hosts.flatMap((host) =>
    networks
      .filter(({ cidr }) => cidrContains(cidr, host))
      .map(({ cidr }) => `${host}/${prefixLengthOf(cidr)}`),
  );
}

/** The numbers of the Nodes in the subnet with this index: runs as equal as they can be. */
function numbersOf(index: number, { nodes, subnets }: LabOptions): readonly number[] {
  const start = Math.ceil((index * nodes) / subnets);
  const end = Math.ceil(((index + 1) * nodes) / subnets);
  return Array.from({ length: end - start }, (_, i) => start + i + 1);
}

function netnsFile(namespace: string): string {
  return `/run/netns/${namespace}`;
}

/** FNV-1a, 32 bits: spreads names over link names and addresses. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash;
}
