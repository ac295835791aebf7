import { nearest } from "@antrea/base";
import { LabError } from "./errors.ts";
import type { IpFamilies } from "./plan/address-plan.ts";

export const trafficModes = ["encap", "noEncap", "hybrid", "auto"] as const;
export type TrafficMode = (typeof trafficModes)[number];
export const tunnelTypes = ["geneve", "vxlan", "gre"] as const;
export type TunnelType = (typeof tunnelTypes)[number];
export const datapathTypes = ["netdev", "system"] as const;
export type DatapathType = (typeof datapathTypes)[number];
export const cniKinds = ["antrea", "bridge", "none"] as const;
/** `antrea`: the product. `bridge`: Debian's plugin, to test the lab itself. `none`: bring your own. */
export type CniKind = (typeof cniKinds)[number];

/** What a lab should be. Every field has a default; `resolveOptions` fills them in. */
export interface LabOptions {
  /** Tells labs of one machine apart; part of every name the lab makes. */
  readonly name: string;
  readonly nodes: number;
  /** Nodes are dealt to the subnets in turn, in equal runs. */
  readonly subnets: number;
  readonly ipFamily: IpFamilies;
  readonly mode: TrafficMode;
  readonly tunnel: TunnelType;
  readonly datapath: DatapathType;
  readonly cni: CniKind;
  /** A folder with one's own cluster programs, as `KUBEBUILDER_ASSETS` names. */
  readonly kubeAssets: string | undefined;
  readonly kubernetesVersion: string | undefined;
  /** Whether kube-controller-manager hands out Pod CIDRs; else the product's controller does. */
  readonly allocateNodeCidrs: boolean;
  /** Whether the API server reaches Pods, by way of node-1, as one on a Node of the cluster does. */
  readonly apiReachesPods: boolean;
  /** Whether missing programs and images may be fetched and built. */
  readonly install: boolean;
  /** Whether the fabric's links leave checksums and segmentation to the receiver, as no wire does. */
  readonly offloads: boolean;
  /** The manifest that `--cni antrea` applies. */
  readonly manifest: string | undefined;
}

export type LabRequest = { readonly [K in keyof LabOptions]?: LabOptions[K] | undefined };

export const defaultOptions: LabOptions = {
  name: "lab",
  nodes: 4,
  subnets: 2,
  ipFamily: "ipv4",
  mode: "encap",
  tunnel: "geneve",
  datapath: "netdev",
  cni: "antrea",
  kubeAssets: undefined,
  kubernetesVersion: undefined,
  allocateNodeCidrs: false,
  apiReachesPods: false,
  install: true,
  offloads: false,
  manifest: undefined,
};

/** Bounds that the address plan can hold. */
const maxNodes = 200;
const maxSubnets = 16;

/** Fills in the defaults and refuses what no lab can be, with a sentence that says what to do. */
export function resolveOptions(request: LabRequest = {}): LabOptions {
  const given = Object.fromEntries(Object.entries(request).filter(([, v]) => v !== undefined));
  const options: LabOptions = { ...defaultOptions, ...given };
  if (!/^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/.test(options.name))
    refuse(
      `The lab name is "${options.name}"`,
      "1 to 20 small letters, digits and inner dashes, a letter first",
      "choose another --name, for example --name blue",
    );
  requireCount("--nodes", options.nodes, maxNodes);
  requireCount("--subnets", options.subnets, maxSubnets);
  if (options.subnets > options.nodes)
    refuse(
      `${options.subnets} subnets for ${options.nodes} Nodes`,
      "at least one Node in each subnet",
      `give --subnets ${options.nodes} or fewer, or more --nodes`,
    );
  if (options.cni === "bridge" && options.ipFamily !== "ipv4")
    refuse(
      `--cni bridge with --ip-family ${options.ipFamily}`,
      "ipv4, which is all that the bridge network is laid out for",
      "leave --ip-family out, or give --cni antrea",
    );
  // Nobody else hands out Pod CIDRs when the product is not installed.
  return options.cni === "antrea" ? options : { ...options, allocateNodeCidrs: true };
}

/** The member of `choices` that `text` names, in any case; else a sentence with the nearest one. */
export function parseChoice<const C extends string>(
  option: string,
  text: string,
  choices: readonly C[],
): C {
  const found = choices.find((c) => c.toLowerCase() === text.toLowerCase());
  if (found !== undefined) return found;
  const close = nearest(text, choices);
  return refuse(
    `${option} is "${text}"`,
    `one of ${choices.join(", ")}`,
    close ? `did you mean ${option} ${close}?` : `give ${option} ${choices[0]}`,
  );
}

function requireCount(option: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 1 || value > max)
    refuse(`${option} is ${value}`, `a whole number from 1 to ${max}`, `give ${option} 4`);
}

function refuse(saw: string, wanted: string, remedy: string): never {
  throw new LabError({ saw, wanted, remedy });
}
