import type { AgentConfig } from "@antrea/api";
import { cidrFamily, type Cidr, familyOf, type IpAddress } from "@antrea/net";

type DatapathType = "system" | "netdev";

export interface DatapathFacts {
  readonly datapathType: DatapathType;
  readonly config: Pick<AgentConfig, "trafficEncapMode" | "pathSelection" | "userspaceTSO" | "ovs">;
  readonly podCidrs: readonly Cidr[];
  readonly transport: { readonly addresses: readonly { readonly address: IpAddress }[] };
}

/**
 * What the datapath in force does not do that the other one does, each as a sentence with what happens
 * instead: for a person who compares two Nodes. docs/kernel-datapath.md has both in one table.
 */
export function datapathLimits(facts: DatapathFacts): readonly string[] {
  return facts.datapathType === "netdev" ? netdevLimits : systemLimits(facts);
}

const netdevLimits: readonly string[] = [
  "When ovs-vswitchd starts anew, Pods are cut off until its flows are back, and their connections are forgotten.",
  "Flows are not handed to NICs (ovs.hwOffload): this Open vSwitch does so from the kernel's datapath only.",
];

function systemLimits(facts: DatapathFacts): readonly string[] {
  const { config, podCidrs, transport } = facts;
  const podFamilies = new Set(podCidrs.map(cidrFamily));
  const isDirect = config.trafficEncapMode !== "encap";
  const apart = [...podFamilies].filter((family) =>
    transport.addresses.every(({ address }) => familyOf(address) !== family),
  );
  return [
    ...(podFamilies.has("ipv6")
      ? [
          "Neighbour solicitations (IPv6) are not answered by flows: they are brought to the Pod that has the address, whose answer is checked.",
        ]
      : []),
    ...(isDirect
      ? [
          "Direct paths are not measured: the host's stack carries their packets.",
          "Un-encapsulated packets for Pods come in through the host's stack, from whoever routes them here: flows do not check which Node sent them.",
        ]
      : []),
    ...(isDirect
      ? apart.map(
          (family) =>
            `Un-encapsulated ${family === "ipv4" ? "IPv4" : "IPv6"} goes nowhere: the host's stack carries it, and its link has no address of that IP family.`,
        )
      : []),
  ];
}

/** Options that are set and do nothing with this datapath, each by its name. */
export function withoutEffect({
  datapathType,
  config,
}: Pick<DatapathFacts, "datapathType" | "config">): readonly string[] {
  const set: Readonly<Record<DatapathType, Readonly<Record<string, boolean>>>> = {
    system: {
      userspaceTSO: config.userspaceTSO,
      "trafficEncapMode auto, which acts as hybrid": config.trafficEncapMode === "auto",
      "pathSelection measured":
        config.trafficEncapMode === "hybrid" && config.pathSelection === "measured",
    },
    netdev: { "ovs.hwOffload": config.ovs.hwOffload },
  };
  return Object.entries(set[datapathType]).flatMap(([name, isSet]) => (isSet ? [name] : []));
}
