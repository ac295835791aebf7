import { isDeepStrictEqual } from "node:util";
import { ports } from "@antrea/api";
import { type Cidr, cidrFamily, familyOf, nthAddress } from "@antrea/net";
import type { Flow } from "@antrea/openflow/flow";
import * as of from "@antrea/openflow/flow";
import type { FlowSource } from "../flow-builder.ts";
import type { NodeNetwork, PeerNetwork } from "../network.ts";
import { tables } from "../tables.ts";
import { toPort } from "./forwarding.ts";

/** What the switch sends with an answer to a probe, in hexadecimal digits: "path". */
export const pathProbeMark = "70617468";

/**
 * How many answers the agent is handed at most: more than it asks for (a thousand a second), and few enough
 * for its connection, whoever may send with the addresses of Nodes.
 */
export const pathProbeMeter = { id: 300, packetsPerSecond: 1500, burst: 1500 } as const;

/**
 * The cookies of measured peers to whom these flows send without a tunnel: what an agent finds that
 * starts anew, and need not give up before it has measured itself.
 */
export function provenBefore(flows: readonly Flow[], { uplink }: NodeNetwork): ReadonlySet<bigint> {
  if (!uplink) return new Set();
  const leaving = toPort(uplink.ofPort)[0];
  const measured = new Set(
    flows
      .filter(({ match }) => of.findMatch(match, "udp_dst")?.value === BigInt(ports.pathProbe))
      .map(({ cookie }) => cookie),
  );
  const direct = flows.filter(
    ({ table, cookie, actions }) =>
      table === tables.L3Forwarding.id &&
      measured.has(cookie) &&
      actions.some((action) => isDeepStrictEqual(action, leaving)),
  );
  return new Set(direct.map(({ cookie }) => cookie));
}

/** Headers and nonce of an answer, in bytes: the rest is padding. */
const answerBytes = 128;

/**
 * Probes of the direct path go from gateway to gateway, which are Pod addresses to everybody between.
 * This Node's switch sends those of the peer back the way its own direct packets go, whatever its
 * path to the peer is: so an answer proves both ways, asks no program, and is no larger than the
 * question. Answers to its own probes it hands to the agent.
 */
export function pathProbeFlows(
  flow: FlowSource,
  peer: PeerNetwork,
  cidr: Cidr,
  { uplink, gateway }: NodeNetwork,
): Flow[] {
  if (!peer.isMeasured || !uplink) return [];
  const family = cidrFamily(cidr);
  const theirs = nthAddress(cidr, 1n);
  const ours = gateway.addresses.find(({ address }) => familyOf(address) === family)?.address;
  const nextHopMac = peer.nextHopMacs?.[family];
  if (!ours || !nextHopMac) return [];
  const probe = [
    of.inPort(uplink.ofPort),
    of.ethDst(uplink.mac),
    peer.linkMac ? [of.ethSrc(peer.linkMac)] : [],
    of.ethType(family),
    of.ipProto("udp"),
    of.ipSrc(theirs),
    of.ipDst(ours),
  ].flat();
  return [
    flow(tables.UplinkClassifier, "high")
      .match(probe, of.udpDst(ports.pathProbe))
      .act(
        of.setEthSrc(uplink.mac),
        of.setEthDst(nextHopMac),
        of.setIpSrc(ours),
        of.setIpDst(theirs),
        of.setField("udp_src", ports.pathProbe),
        of.setField("udp_dst", ports.pathProbeAnswer),
        of.inPortOutput(),
      )
      .end(),
    flow(tables.UplinkClassifier, "high")
      .match(probe, of.udpSrc(ports.pathProbe), of.udpDst(ports.pathProbeAnswer))
      .act(
        of.controller({
          maxLength: answerBytes,
          userdata: pathProbeMark,
          meter: pathProbeMeter.id,
        }),
      )
      .end(),
  ];
}
