import type { IpAddress } from "@antrea/net";
import type { Flow } from "@antrea/openflow/flow";
import * as of from "@antrea/openflow/flow";
import { fieldIs } from "../field-actions.ts";
import { flowsOf } from "../flow-builder.ts";
import { answersOf, type ConnectionTuple } from "../policy/connection-tuple.ts";
import { registers } from "../registers.ts";
import { tables } from "../tables.ts";
import { rejecting } from "./policy-actions.ts";

/** The owner that guards of ended connections bear in their cookies. */
export const endedOwner = "ended-connections";

/**
 * How long an answer that nobody asked for any more is waited for: the longest that OpenFlow can say for
 * TCP, whose ends may be silent for hours, and for others longer than conntrack would have remembered them.
 */
const idleS = { tcp: 0xffff, udp: 600, sctp: 600 } as const;

/** Above all rules. */
const aboveRules = 64_995;

/**
 * Keeps a connection that was ended from coming back by its other side: to the switch, which knows of it no
 * more, the answering side's next packet begins one, and rules may let that side begin. Where the one
 * who began it does so again, and may, answers are live and pass. None for protocols without ports, of
 * which no packet says what it belongs to, nor for echo replies, which begin nothing.
 */
export function compileEnded(
  connection: ConnectionTuple,
  action: "Drop" | "Reject",
): readonly Flow[] {
  const answers = answersOf(connection);
  if (!answers) return [];
  const flow = flowsOf("NetworkPolicy", endedOwner);
  const guard =
    answers.proto === "sctp" // conntrack cannot tell what of it is live
      ? flow(tables.AntreaPolicyEgressRule, aboveRules).match(
          fieldIs(registers.isEstablished, "no"),
        )
      : flow(tables.EgressSecurityClassifier, "top").match(of.ctState("+new+trk"));
  const matching = guard.match(answers.match);
  const ended = action === "Reject" ? matching.act(rejecting).end() : matching.drop();
  return [{ ...ended, idleTimeoutS: idleS[answers.proto] }];
}

/** What guards look like that have something to do with an address; others may match the same under another cookie. */
export function endedOf(address: IpAddress): readonly Flow[] {
  const flow = flowsOf("NetworkPolicy", endedOwner);
  return [tables.EgressSecurityClassifier, tables.AntreaPolicyEgressRule].flatMap((table) =>
    [of.ipSrc(address), of.ipDst(address)].map((match) => flow(table, "top").match(match).drop()),
  );
}
