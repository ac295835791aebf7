import { type Cidr, cidrFamily, cidrsOverlap, type IpFamily, prefixLengthOf } from "@antrea/net";
import { controllerOptions } from "./controller-options.ts";
import { type GateStates, resolveGates } from "./feature-gates.ts";
import type { ConfigOf } from "./option.ts";
import { type ParsedConfig, parseConfig, type Rule } from "./parse-config.ts";

type ControllerOptionValues = ConfigOf<typeof controllerOptions>;

/** What a controller is told, with every default filled in. */
export type ControllerConfig = Omit<ControllerOptionValues, "featureGates"> & {
  readonly featureGates: GateStates;
};

/** Reads `antrea-controller.conf`. `file` is the name that problems are told with. */
export function parseControllerConfig(text: string, file: string): ParsedConfig<ControllerConfig> {
  return parseConfig(text, file, {
    options: controllerOptions,
    rules: controllerRules,
    finish: (values) =>
      Object.freeze({ ...values, featureGates: resolveGates(values.featureGates) }),
  });
}

type ControllerRule = Rule<typeof controllerOptions>;

const nodeIpamHasNetworks: ControllerRule = ({ config, refuse }) => {
  const { enableNodeIPAM, clusterCIDRs } = config.nodeIPAM;
  if (enableNodeIPAM && clusterCIDRs.length === 0)
    refuse(
      ["nodeIPAM.clusterCIDRs", "nodeIPAM.enableNodeIPAM"],
      'Got none with enableNodeIPAM true, wanted the networks that Pod CIDRs are cut from, such as ["10.10.0.0/16"].',
    );
};

const oneNetworkPerFamily: ControllerRule = ({ config, refuse }) => {
  const [first, second] = config.nodeIPAM.clusterCIDRs;
  if (first && second && cidrFamily(first) === cidrFamily(second))
    refuse(
      ["nodeIPAM.clusterCIDRs"],
      `Got two networks of one address family (${first}, ${second}), wanted at most one of each.`,
    );
};

const maskFitsNetwork: ControllerRule = ({ config, refuse }) => {
  const { clusterCIDRs, nodeCIDRMaskSizeIPv4, nodeCIDRMaskSizeIPv6 } = config.nodeIPAM;
  const sizes: Record<IpFamily, readonly [string, number]> = {
    ipv4: ["nodeIPAM.nodeCIDRMaskSizeIPv4", nodeCIDRMaskSizeIPv4],
    ipv6: ["nodeIPAM.nodeCIDRMaskSizeIPv6", nodeCIDRMaskSizeIPv6],
  };
  for (const network of clusterCIDRs) {
    const [key, size] = sizes[cidrFamily(network)];
    const wide = prefixLengthOf(network);
    if (size < wide || size - wide > 16)
      refuse(
        [key, "nodeIPAM.clusterCIDRs"],
        `Got ${size} for ${network}, wanted a prefix length from ${wide} to ${wide + 16}: a Node's block lies in the network, and there are at most 65536 blocks.`,
      );
  }
};

const serviceNetworkFits: ControllerRule = ({ config, refuse }) => {
  const families = { serviceCIDR: "ipv4", serviceCIDRv6: "ipv6" } as const;
  for (const key of ["serviceCIDR", "serviceCIDRv6"] as const) {
    const network = config.nodeIPAM[key];
    if (network === "") continue;
    if (cidrFamily(network) !== families[key])
      refuse(
        [`nodeIPAM.${key}`],
        `Got ${network}, wanted a network of ${families[key] === "ipv4" ? "IPv4" : "IPv6"}.`,
      );
    const hidden = config.nodeIPAM.clusterCIDRs.find((cluster) => isWithin(cluster, network));
    if (hidden)
      refuse(
        [`nodeIPAM.${key}`],
        `Got ${network}, which leaves nothing of the cluster network ${hidden}.`,
      );
  }
};

function isWithin(inner: Cidr, outer: Cidr): boolean {
  return cidrsOverlap(inner, outer) && prefixLengthOf(outer) <= prefixLengthOf(inner);
}

const controllerRules = [
  nodeIpamHasNetworks,
  oneNetworkPerFamily,
  maskFitsNetwork,
  serviceNetworkFits,
];
