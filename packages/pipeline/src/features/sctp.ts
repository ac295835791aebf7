import type { IpAddress, IpFamily } from "@antrea/net";
import type { Flow, LearnSpec } from "@antrea/openflow/flow";
import * as of from "@antrea/openflow/flow";
import { cookieOf } from "../cookies.ts";
import { bitsOf, fieldIs, loadField } from "../field-actions.ts";
import { type FlowSource, priorities } from "../flow-builder.ts";
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
