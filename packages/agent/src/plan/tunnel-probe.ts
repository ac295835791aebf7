import {
  bareForm,
  findTunnelForm,
  formOfTunnel,
  linkChoiceOf,
  type NetworkForm,
  type NetworkSettings,
  tunnelUdpPort,
} from "@antrea/api";
import type { NodePlan } from "@antrea/api/local-api";
import { familyOf, type IpEnds, type IpPacket, ipProtocols, udpPacket } from "@antrea/net";
import { type NodeIdentity, reachedOver } from "@antrea/pipeline";

/** A packet that looks like one of a tunnel to whoever filters between Nodes. */
export interface TunnelProbe extends IpPacket {
  /** The Node that it is for. */
  readonly node: string;
  /** By what a filter knows it, in the words of who opens one. */
  readonly carrier: string;
}

export interface TunnelProbeInput {
  readonly settings: NetworkSettings;
  /** Who would be sent to another way. */
  readonly paths: NodePlan["paths"];
  readonly local: NodeIdentity;
  readonly peers: Iterable<NodeIdentity>;
  /** The forms that a Node says it takes. */
  readonly accepts: (name: string) => readonly NetworkForm[];
}

/**
 * What to send to find out whether the tunnels of these settings pass. None to a Node that takes them
 * already: it would swallow the probe.
 */
export function tunnelProbes(input: TunnelProbeInput): readonly TunnelProbe[] {
  const { settings, paths, local, peers, accepts } = input;
  const link = linkChoiceOf(settings);
  const tunnelled = new Set(
    paths.flatMap(({ node, to }) => (findTunnelForm(to as NetworkForm) ? [node] : [])),
  );
  const form = formOfTunnel(settings);
  const [ours] = reachedOver(local, link).transport;
  return [...peers].flatMap((peer) => {
    const isNew = tunnelled.has(peer.name) && !accepts(peer.name).map(bareForm).includes(form);
    const theirs = reachedOver(peer, link).transport.find(
      ({ address }) => ours && familyOf(address) === familyOf(ours.address),
    );
    if (!isNew || !ours || !theirs) return [];
    const ends = { source: ours.address, destination: theirs.address };
    return [{ node: peer.name, ...tunnelPacket(settings, ends) }];
  });
}

/** What a tunnel of these settings sends first, and by what it is known. */
function tunnelPacket(settings: NetworkSettings, ends: IpEnds): Omit<TunnelProbe, "node"> {
  const content = Uint8Array.from([...headers[settings.tunnelType], ...innerFrame]);
  const port = tunnelUdpPort(settings);
  if (port === undefined) {
    const carrier = "IP protocol 47 (GRE)";
    return { ...ends, carrier, protocol: ipProtocols.gre, payload: content };
  }
  return { ...udpPacket(ends, sourcePort, port, content), carrier: `UDP port ${port}` };
}

/**
 * What tunnels begin with: no options, an Ethernet frame inside (RFC 8926 section 3.4); a VNI, 0 (RFC 7348
 * section 5); neither checksum nor key (RFC 2784 section 2).
 */
const headers = {
  geneve: [0x00, 0x00, 0x65, 0x58, 0, 0, 0, 0],
  vxlan: [0x08, 0, 0, 0, 0, 0, 0, 0],
  gre: [0x00, 0x00, 0x65, 0x58],
} as const;
/** Local Experimental Ethertype 1 (IEEE 802): nobody takes it for his own. */
const innerFrame = [
  ...[0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x88, 0xb5],
  ...Array.from({ length: 46 }, () => 0),
];

/** The first of those from which tunnels choose (RFC 7348 section 5, RFC 8926 section 3.3). */
const sourcePort = 49152;

/** Says in a sentence whom probes did not reach; nothing, where they reached all. */
export function unreachedText(lost: readonly TunnelProbe[]): readonly string[] {
  const [first] = lost;
  if (!first) return [];
  const more = lost.length - 3;
  const names = lost.slice(0, 3).map(({ node }) => node);
  const whom = `${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  return [
    `tunnels would not pass: ${first.carrier} does not reach ${whom}, or the answer does not come back; let whoever filters between or on these Nodes pass it`,
  ];
}
