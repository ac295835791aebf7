import { type ShapeType, shape } from "@antrea/base";
import { parseCidr } from "@antrea/net";
import type { AgentConfig } from "./config/index.ts";
import { field } from "./crd/field.ts";

/** How Pod traffic crosses Nodes, one for each peer in the end. */
export const trafficModes = ["encap", "noEncap", "hybrid", "auto"] as const;
export const tunnelTypes = ["geneve", "vxlan", "gre"] as const;

/**
 * What all Nodes have in common of `antrea-agent.conf`, and what changes while they run. Names and
 * meanings are those of the configuration.
 */
export const networkSettings = field.object("Options of antrea-agent.conf that all Nodes share.", {
  trafficEncapMode: field.oneOf("How Pod traffic crosses Nodes.", trafficModes),
  tunnelType: field.oneOf("The tunnel protocol.", tunnelTypes),
  tunnelPort: field.whole("UDP port of the tunnel; 0 for the protocol's own.", 0, 65535),
  tunnelCsum: field.truth("Whether the outer header has a checksum."),
  noSNAT: field.truth("Whether Pods keep their address when they leave the cluster."),
  defaultMTU: field.whole("MTU of Pods; 0 for what the transport interface leaves.", 0, 65535),
  perPeerMTU: field.truth("Whether tunnels take nothing from packets that need none."),
  transportInterface: field.optional(
    field.text("The interface that carries traffic between Nodes."),
  ),
  transportInterfaceCIDRs: field.optional(
    field.list(
      "Or the one whose address is in one of these networks.",
      field.text("A network."),
      64,
    ),
  ),
});
export type NetworkSettings = ShapeType<typeof networkSettings>;

/** The shared part of a configuration. */
export function networkSettingsOf(config: AgentConfig): NetworkSettings {
  const { trafficEncapMode, tunnelType, tunnelPort, tunnelCsum, noSNAT } = config;
  const { defaultMTU, perPeerMTU, transportInterface, transportInterfaceCIDRs } = config;
  return {
    ...{ trafficEncapMode, tunnelType, tunnelPort, tunnelCsum, noSNAT, defaultMTU, perPeerMTU },
    ...(transportInterface === "" ? {} : { transportInterface }),
    ...(transportInterfaceCIDRs.length === 0 ? {} : { transportInterfaceCIDRs }),
  };
}

/** A configuration with another shared part. */
export function withSettings(config: AgentConfig, settings: NetworkSettings): AgentConfig {
  return { ...config, ...settings, ...linkOptionsOf(settings) };
}

/** What chooses the link between Nodes, as the configuration has it. */
export function linkOptionsOf({
  transportInterface = "",
  transportInterfaceCIDRs = [],
}: NetworkSettings): Pick<AgentConfig, "transportInterface" | "transportInterfaceCIDRs"> {
  const networks = transportInterfaceCIDRs.flatMap((text) => parseCidr(text) ?? []);
  return { transportInterface, transportInterfaceCIDRs: networks };
}

/**
 * Which link joins Nodes, in the words of the configuration: an interface, networks with a comma between
 * them, or "" for the link of the Node's own address.
 */
export type LinkChoice = string;

export function linkChoiceOf({
  transportInterface = "",
  transportInterfaceCIDRs = [],
}: Pick<NetworkSettings, "transportInterface" | "transportInterfaceCIDRs">): LinkChoice {
  return transportInterface === "" ? transportInterfaceCIDRs.join(",") : transportInterface;
}

export function sameSettings(a: NetworkSettings, b: NetworkSettings): boolean {
  return settingsText(a) === settingsText(b);
}

/** In one line, as people read it: what differs from the defaults stands behind mode and tunnel. */
export function settingsText(settings: NetworkSettings): string {
  const { trafficEncapMode, tunnelPort, tunnelCsum, noSNAT, defaultMTU, perPeerMTU } = settings;
  return [
    trafficEncapMode,
    formOfTunnel(settings),
    ...(tunnelPort === 0 ? [] : [`tunnelPort ${tunnelPort}`]),
    ...(tunnelCsum ? ["tunnelCsum"] : []),
    ...(noSNAT ? ["noSNAT"] : []),
    ...(defaultMTU === 0 ? [] : [`defaultMTU ${defaultMTU}`]),
    ...(perPeerMTU ? ["perPeerMTU"] : []),
    ...(linkChoiceOf(settings) === "" ? [] : [`over ${linkChoiceOf(settings)}`]),
  ].join(", ");
}

/** UDP destination ports by default (RFC 8926, RFC 7348); GRE has none. */
const defaultUdpPorts = { geneve: 6081, vxlan: 4789, gre: undefined } as const;

export function tunnelUdpPort({
  tunnelType,
  tunnelPort,
}: Pick<NetworkSettings, "tunnelType" | "tunnelPort">): number | undefined {
  return tunnelPort === 0 || tunnelType === "gre" ? defaultUdpPorts[tunnelType] : tunnelPort;
}

/**
 * The form in which a packet crosses from one Node to another: in a tunnel, as in `geneve:6081` and
 * `gre`; as it is, `direct` to a neighbour, or `routed` by the fabric. Where the configuration chooses the
 * link between Nodes, it stands behind: `geneve:6081@eth1`.
 */
export type NetworkForm = BareForm | `${BareForm}@${LinkChoice}`;
export type BareForm = "direct" | "routed" | TunnelForm;
export type TunnelForm = "gre" | `${"geneve" | "vxlan"}:${number}`;

/** The form, over the link that these settings choose. */
export function formOver(form: BareForm, settings: NetworkSettings): NetworkForm {
  const link = linkChoiceOf(settings);
  return link === "" ? form : `${form}@${link}`;
}

/** The form whatever the link. */
export function bareForm(form: NetworkForm): BareForm {
  return form.replace(/@.*/s, "") as BareForm;
}

/** The form of tunnels whose packets these are, whatever the link; undefined for those without. */
export function findTunnelForm(form: NetworkForm | undefined): TunnelForm | undefined {
  const bare = form && bareForm(form);
  return bare === "direct" || bare === "routed" ? undefined : bare;
}

export function formOfTunnel(
  settings: Pick<NetworkSettings, "tunnelType" | "tunnelPort">,
): TunnelForm {
  const { tunnelType } = settings;
  return tunnelType === "gre" ? "gre" : `${tunnelType}:${tunnelUdpPort(settings) ?? 0}`;
}

/** The steps of a change of settings, in their order; each is safe to stop at. */
export const changeSteps = ["Accept", "Send", "Retire", "Done"] as const;
export type ChangeStep = (typeof changeSteps)[number];

const form = shape.parsed<NetworkForm>('a form such as "direct" or "geneve:6081"', (text) =>
  /^(?:direct|routed|gre|(?:geneve|vxlan):[1-9]\d{0,4})(?:@\S{1,4000})?$/.test(text)
    ? (text as NetworkForm)
    : undefined,
);

/** What a Node tells the others about itself: how far it has come with a change, and which forms it takes and sends. */
export const networkState = shape.object({
  /** The number of the last change that it acted on, and the step; 0 for none. */
  change: shape.whole(0, 2 ** 31 - 1),
  step: shape.oneOf(changeSteps),
  accepts: shape.list(form),
  /** Also what it may be about to send. */
  sends: shape.list(form),
  /** What it goes by, or is about to: it takes all of these then, and sends by the first that a peer takes. */
  settings: shape.optional(shape.list(networkSettings)),
  /** Where it is reached over each link that it takes traffic by: `ADDRESS/PREFIX`. */
  links: shape.optional(shape.record(shape.list(shape.text))),
  /** Why it is not further, in a sentence. */
  waiting: shape.optional(shape.text),
});
export type NetworkState = ShapeType<typeof networkState>;
