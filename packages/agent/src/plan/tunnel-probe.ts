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
import type { IpPacket } from "@antrea/linux";
import { familyOf, ipToBytes } from "@antrea/net";
import { type NodeIdentity, reachedOver } from "@antrea/pipeline";
import { internetChecksum, wordSum } from "@antrea/wire";

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
    return [{ node: peer.name, ...ends, ...tunnelPacket(settings, ends) }];
  });
}

type Ends = Pick<IpPacket, "source" | "destination">;

/** What a tunnel of these settings sends first, and by what it is known. */
function tunnelPacket(
  settings: NetworkSettings,
  ends: Ends,
): Omit<TunnelProbe, "node" | keyof Ends> {
  const { tunnelType } = settings;
  const payload = Uint8Array.from([...headers[tunnelType], ...innerFrame]);
  const port = tunnelUdpPort(settings);
  if (port === undefined) return { protocol: 47, carrier: "IP protocol 47 (GRE)", payload };
  return {
    protocol: udpProtocol,
    carrier: `UDP port ${port}`,
    payload: datagram(port, payload, ends),
  };
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

const udpProtocol = 17;
const udpHeader = 8;
/** The first of those from which tunnels choose (RFC 7348 section 5, RFC 8926 section 3.3). */
const sourcePort = 49152;

/** With a checksum, which IPv6 wants (RFC 768, RFC 8200 section 8.1). */
function datagram(port: number, content: Uint8Array, { source, destination }: Ends): Uint8Array {
  const bytes = new Uint8Array(udpHeader + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, sourcePort);
  view.setUint16(2, port);
  view.setUint16(4, bytes.length);
  bytes.set(content, udpHeader);
  const pseudo = [source, destination].map((address) => wordSum(ipToBytes(address)));
  const sum = pseudo.reduce((a, b) => a + b, udpProtocol + bytes.length) + wordSum(bytes);
  view.setUint16(6, internetChecksum(sum) || 0xffff);
  return bytes;
}

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
