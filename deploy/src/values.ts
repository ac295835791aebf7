/**
 * What may differ from one installation to the next: the values of the Helm chart with their
 * defaults. The manifest is the same text with the defaults in place.
 */
export interface ChartValue {
  readonly preset: string | number | boolean | readonly string[];
  readonly meaning: string;
  /** The words that it may be, in any case. */
  readonly choices?: readonly string[];
  /** The range of a number. */
  readonly range?: readonly [least: number, most: number];
  /** The types that it may be beside its default's (JSON Schema). */
  readonly alsoTypes?: readonly string[];
}

export const chartValues = {
  "agentImage.repository": {
    preset: "antrea/antrea-agent",
    meaning: "Image of agent and Open vSwitch.",
  },
  "agentImage.tag": { preset: "v0.1.0", meaning: "Its tag." },
  "controllerImage.repository": {
    preset: "antrea/antrea-controller",
    meaning: "Image of the controller.",
  },
  "controllerImage.tag": { preset: "v0.1.0", meaning: "Its tag." },
  imagePullPolicy: {
    preset: "IfNotPresent",
    meaning: "When images are pulled.",
    choices: ["Always", "IfNotPresent", "Never"],
  },
  "controller.replicas": {
    preset: 1,
    meaning: "Controllers; one leads, the others stand by.",
    range: [0, 100],
  },
  "agent.maxUnavailable": {
    preset: 1,
    meaning: "Nodes whose agent is replaced at the same time, as a number or in percent.",
    alsoTypes: ["string"],
  },
  trafficEncapMode: {
    preset: "encap",
    meaning: "encap, noEncap, hybrid or auto.",
    choices: ["encap", "noEncap", "hybrid", "auto"],
  },
  pathSelection: {
    preset: "subnet",
    meaning: "In hybrid, whom Pods reach without a tunnel: subnet, or measured.",
    choices: ["subnet", "measured"],
  },
  tunnelType: {
    preset: "geneve",
    meaning: "geneve, vxlan or gre.",
    choices: ["geneve", "vxlan", "gre"],
  },
  tunnelPort: {
    preset: 0,
    meaning: "UDP port of the tunnel; 0 for the protocol's own.",
    range: [0, 65535],
  },
  noSNAT: {
    preset: false,
    meaning: "Pods keep their address when they leave the cluster; noEncap only.",
  },
  defaultMTU: { preset: 0, meaning: "MTU of Pods; 0 to work it out.", range: [0, 65535] },
  transportInterface: {
    preset: "",
    meaning: "Interface between Nodes; empty for the one with the Node's address.",
  },
  ovsDatapathType: {
    preset: "system",
    meaning: "system or netdev.",
    choices: ["system", "netdev"],
  },
  kubeAPIServerOverride: {
    preset: "",
    meaning: "Where the Kubernetes API answers; empty for the in-cluster address.",
  },
  "nodeIPAM.enable": { preset: false, meaning: "The controller gives Nodes their Pod CIDRs." },
  "nodeIPAM.clusterCIDRs": { preset: [], meaning: "Networks that Pod CIDRs are cut from." },
  "nodeIPAM.nodeCIDRMaskSizeIPv4": {
    preset: 24,
    meaning: "Prefix length of a Node's IPv4 Pod CIDR.",
    range: [8, 30],
  },
  "nodeIPAM.nodeCIDRMaskSizeIPv6": {
    preset: 64,
    meaning: "Prefix length of a Node's IPv6 Pod CIDR.",
    range: [48, 126],
  },
  "nodeIPAM.serviceCIDR": { preset: "", meaning: "The Service network." },
} as const satisfies Readonly<Record<string, ChartValue>>;

export type ValueName = keyof typeof chartValues;

const MARK = /__value:([A-Za-z0-9.]+)(:json)?__/g;

/** Stands for a value in the data of the manifest, as plain text. */
export function chartValue(name: ValueName): string {
  return `__value:${name}__`;
}

/** Stands for a value in a configuration text, as JSON: quoted where it is text. */
export function chartValueJson(name: ValueName): string {
  return `__value:${name}:json__`;
}

/** Stands for the checksum of the ConfigMap: Pods that carry it are made anew when it changes. */
export const configChecksum = "__checksum:config__";

/** The text with every value's default in its place. */
export function withDefaults(text: string): string {
  return text.replaceAll(MARK, (_, name: ValueName, json?: string) => {
    const { preset } = chartValues[name];
    return json ? JSON.stringify(preset) : String(preset);
  });
}

/** The text as a template of Helm. */
export function asTemplate(text: string): string {
  return text.replaceAll(MARK, (_, name: ValueName, json?: string) =>
    json ? `{{ toJson .Values.${name} }}` : `{{ .Values.${name} }}`,
  );
}
