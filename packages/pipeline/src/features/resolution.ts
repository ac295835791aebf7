import {
  familyOf,
  type IpAddress,
  type Ipv4Address,
  type Ipv6Address,
  linkLocalOf,
  type MacAddress,
  type OfPort,
} from "@antrea/net";
import type { Flow } from "@antrea/openflow/flow";
import * as of from "@antrea/openflow/flow";
import type { FlowSource } from "../flow-builder.ts";
import type { NodeNetwork } from "../network.ts";
import { tables } from "../tables.ts";
import { answerArp } from "./arp.ts";
import {
  advertisement,
  answerNd,
  asAdvertisement,
  linkLocal,
  ownAdvertisement,
  question,
  solicitation,
} from "./nd.ts";

/** Who is at a port of the bridge, as its neighbours there know it. */
export interface Neighbour {
  readonly ofPort: OfPort;
  readonly mac: MacAddress;
  readonly addresses: readonly IpAddress[];
  /** Sends on what is not for itself; only IPv6 tells its neighbours. */
  readonly isRouter: boolean;
}

/**
 * Address resolution at one port: whoever is there asks as itself only, and whoever asks for it is
 * answered by the bridge. No question or announcement passes from one port to another; save that a
 * datapath which cannot answer neighbour discovery has the question and its answer carried between
 * the two whom they concern.
 */
export function resolutionFlows(
  flow: FlowSource,
  neighbour: Neighbour,
  { answersNd }: Pick<NodeNetwork, "answersNd">,
): Flow[] {
  const { addresses } = neighbour;
  const ipv4 = addresses.filter((a) => familyOf(a) === "ipv4") as Ipv4Address[];
  const ipv6 = addresses.filter((a) => familyOf(a) === "ipv6") as Ipv6Address[];
  return [
    ...ipv4.flatMap((address) => arpFlows(flow, neighbour, address)),
    ...(ipv6.length > 0 ? (answersNd ? ndAnswers : ndCarriage)(flow, neighbour, ipv6) : []),
  ];
}

function arpFlows(flow: FlowSource, { ofPort, mac }: Neighbour, address: Ipv4Address): Flow[] {
  const fromHere = [of.inPort(ofPort), of.ethType("arp")];
  return [
    flow(tables.ARPSpoofGuard, "normal")
      .match(fromHere, of.arpSpa(address), of.arpSha(mac))
      .goto("ARPResponder"),
    // who announces itself must not be told that its address is taken
    flow(tables.ARPResponder, "high").match(fromHere, of.arpTpa(address)).drop(),
    flow(tables.ARPResponder, "normal")
      .match(of.ethType("arp"), of.arpOp("request"), of.arpTpa(address))
      .act(...answerArp(address, mac))
      .end(),
  ];
}

/** A link-local source may be any: the answer goes back to the port that asked, and nobody else hears. */
function ndAnswers(
  flow: FlowSource,
  { ofPort, mac, isRouter }: Neighbour,
  addresses: readonly Ipv6Address[],
): Flow[] {
  return [
    ...[...addresses, linkLocal].map((source) =>
      flow(tables.NDSpoofGuard, "normal")
        .match(of.inPort(ofPort), solicitation(mac), of.ipSrc(source))
        .act(...asAdvertisement())
        .goto("NDResponder"),
    ),
    ...addresses.map((address) =>
      flow(tables.NDResponder, "normal")
        .match(advertisement(address))
        .act(...answerNd(mac, { isRouter }))
        .end(),
    ),
  ];
}

/**
 * A question goes to who has the target, the answer to whom it is addressed; both only as the truth.
 * The host may choose its link-local address as it likes, a Pod has the one that its kernel makes.
 */
function ndCarriage(
  flow: FlowSource,
  { ofPort, mac, isRouter }: Neighbour,
  addresses: readonly Ipv6Address[],
): Flow[] {
  const fromHere = of.inPort(ofPort);
  return [
    ...[...addresses, isRouter ? linkLocal : linkLocalOf(mac)].map((source) =>
      flow(tables.NDSpoofGuard, "normal")
        .match(fromHere, solicitation(mac), of.ipSrc(source))
        .goto("NDResponder"),
    ),
    ...addresses.map((address) =>
      flow(tables.NDSpoofGuard, "normal")
        .match(fromHere, ownAdvertisement(mac, address))
        .goto("NDResponder"),
    ),
    ...addresses.map((address) =>
      flow(tables.NDResponder, "normal").match(question(address)).act(of.output(ofPort)).end(),
    ),
    flow(tables.NDResponder, "normal")
      .match(advertisement(), of.ethDst(mac))
      .act(of.output(ofPort))
      .end(),
  ];
}
