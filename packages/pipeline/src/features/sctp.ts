import { type IpAddress, type IpFamily, ipFromBigInt } from "@antrea/net";
import type { FieldName, Flow, LearnSpec } from "@antrea/openflow/flow";
import * as of from "@antrea/openflow/flow";
import { cookieOf } from "../cookies.ts";
import { bitsOf, fieldIs, loadField } from "../field-actions.ts";
import { type FlowSource, priorities } from "../flow-builder.ts";
import { answersOf, type ConnectionTuple } from "../policy/connection-tuple.ts";
import { anyFragment } from "../policy/fragments.ts";
import { registers } from "../registers.ts";
import { tables } from "../tables.ts";

/** How long an answer is let in after the last packet that it would answer, and how many are noted at once. */
const replyIdleS = 600;
const replyLimit = 16_384;

/**
 * The userspace datapath tracks SCTP without ports: what is live to it may be another port's. So rules
 * are asked for every SCTP packet, and those that pass write down what their answer looks like; only
 * that is let by. Other protocols without ports have nothing that could be mixed up.
 */
export function sctpFlows(flow: FlowSource, family: IpFamily): Flow[] {
  const isSctp = [of.ethType(family), of.ipProto("sctp")];
  return [
    // nobody knows the ports of SCTP in fragments, and its ends send none
    flow(tables.EgressSecurityClassifier, "higher").match(isSctp, anyFragment).drop(),
    flow(tables.EgressSecurityClassifier, "high")
      .match(isSctp)
      .act(of.resubmit({ table: tables.SctpReplies.id }))
      .goto("AntreaPolicyEgressRule"),
    flow(tables.ConntrackCommit, "higher")
      .match(isSctp, fieldIs(registers.isEstablished, "no"), fieldIs(registers.isNoted, "no"))
      .act(
        noteReply(family),
        loadField(registers.isNoted, "yes"),
        of.resubmit({ table: tables.ConntrackCommit.id }),
      )
      .end(),
  ];
}

function noteReply(family: IpFamily) {
  return of.learn({
    table: tables.SctpReplies.id,
    priority: priorities.normal,
    idleTimeoutS: replyIdleS,
    limit: replyLimit,
    deleteLearned: true,
    cookie: cookieOf("NetworkPolicy", "sctp-replies"),
    specs: [
      ...mirrored[family],
      of.learnMatch("nw_proto", of.ipProto("sctp").value),
      of.learnMatch("sctp_src", "sctp_dst"),
      of.learnMatch("sctp_dst", "sctp_src"),
      of.learnLoad(bitsOf(registers.isEstablished), 1n),
    ],
  });
}

/** What all notes look like that have something to do with an address. */
export function repliesOf(address: IpAddress): readonly Flow[] {
  return [of.ipSrc(address), of.ipDst(address)].map((match) =>
    of.flow({
      table: tables.SctpReplies.id,
      priority: priorities.normal,
      match: [match],
      actions: [],
    }),
  );
}

/** What the note looks like that lets answers of one association by. */
export function noteOf(association: ConnectionTuple): Flow {
  return of.flow({
    table: tables.SctpReplies.id,
    priority: priorities.normal,
    match: answersOf(association)?.match ?? [],
    actions: [],
  });
}

/** The association whose answers a note lets by; undefined where the flow is no note. */
export function notedConnection({ table, match }: Flow): ConnectionTuple | undefined {
  const value = (field: FieldName) => of.findMatch(match, field)?.value;
  const address = (v4: FieldName, v6: FieldName) => {
    const number = value(v4);
    if (number !== undefined) return ipFromBigInt(number, "ipv4");
    const wide = value(v6);
    return wide === undefined ? undefined : ipFromBigInt(wide, "ipv6");
  };
  const source = address("ip_dst", "ipv6_dst");
  const destination = address("ip_src", "ipv6_src");
  if (table !== tables.SctpReplies.id || !source || !destination) return undefined;
  const ports = {
    sourcePort: Number(value("sctp_dst") ?? 0),
    destinationPort: Number(value("sctp_src") ?? 0),
  };
  return { protocol: sctpProtocol, source, destination, ...ports };
}

const sctpProtocol = Number(of.ipProto("sctp").value);

const mirrored: Readonly<Record<IpFamily, readonly LearnSpec[]>> = {
  ipv4: [
    of.learnMatch("eth_type", 0x0800n),
    of.learnMatch("ip_src", "ip_dst"),
    of.learnMatch("ip_dst", "ip_src"),
  ],
  ipv6: [
    of.learnMatch("eth_type", 0x86ddn),
    of.learnMatch("ipv6_src", "ipv6_dst"),
    of.learnMatch("ipv6_dst", "ipv6_src"),
  ],
};
