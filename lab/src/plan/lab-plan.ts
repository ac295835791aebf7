import type { Cidr, IpAddress } from "@antrea/net";
import { prefixLengthOf } from "@antrea/net";
import type { LabOptions } from "../options.ts";
import { address, addressPlan, machineSubnet, nodeSubnet } from "./address-plan.ts";

/** A link between a host's namespace (`eth0` there) and a bridge of the fabric (`port` there). */
export interface HostLink {
  readonly namespace: string;
  readonly port: string;
  readonly subnet: SubnetPlan;
  readonly address: IpAddress;
}

export interface SubnetPlan {
  /** As a person names it: `subnet-1`, `management`, `outside`. Also the name of its bridge. */
  readonly name: string;
  readonly cidr: Cidr;
  readonly router: IpAddress;
  /** The router's end of its link to the bridge, in the router's namespace. */
  readonly routerLink: string;
}

export interface NodePlan {
  readonly name: string;
  readonly number: number;
  readonly link: HostLink;
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
  const hostLink = (host: string, subnet: SubnetPlan, index: number): HostLink => ({
    namespace: namespace(host),
    port: host === subnet.name ? `${host}-host` : host,
    subnet,
    address: address(subnet.cidr, addressPlan.firstHostIndex + index),
  });
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
  const management = subnetPlan("management", addressPlan.managementSubnet);
  const outside = subnetPlan("outside", addressPlan.outsideSubnet);
  const controlLink = hostLink("control-plane", management, 0);
  const outsideLink = hostLink("outside", outside, 0);
  const machineLink = planMachineLink(name, around.machineAddresses);
  return {
    name,
    stateFolder,
    runFolder,
    logFolder: `${stateFolder}/logs`,
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
    nodeApiUrl: `https://${controlLink.address}:6443`,
    cgroupRoot: `${cgroupOfLabs}/${name}`,
  };
}

function nodeSubnets({ subnets }: LabOptions): readonly SubnetPlan[] {
  const numbers = Array.from({ length: subnets }, (_, i) => i + 1);
  return numbers.map((number) => subnetPlan(`subnet-${number}`, nodeSubnet(number)));
}

function subnetPlan(name: string, cidr: Cidr): SubnetPlan {
  return { name, cidr, router: address(cidr, addressPlan.routerIndex), routerLink: name };
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

/** An interface's text form on its subnet: "172.30.1.10/24". */
export function onSubnet(host: IpAddress, subnet: SubnetPlan): string {
  return `${host}/${prefixLengthOf(subnet.cidr)}`;
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
