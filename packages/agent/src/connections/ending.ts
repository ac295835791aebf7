import { familyOf } from "@antrea/net";
import { flowModOf, type Message } from "@antrea/openflow";
import type { Flow } from "@antrea/openflow/flow";
import { compileEnded, ctZones, noteOf } from "@antrea/pipeline";
import type { ForbiddenConnection } from "./forbidden.ts";
import type { LiveConnection } from "./live-connection.ts";

const sctp = 132;

/**
 * Has the switch forget one connection, so that its next packet is judged as a first one, and not take an
 * answer of the other side for a beginning. The guard is there before the switch forgets.
 */
export function endingOf({ connection, action }: ForbiddenConnection): {
  readonly guards: readonly Flow[];
  readonly forgetting: Message;
} {
  return { guards: compileEnded(connection, action), forgetting: forgettingOf(connection) };
}

/** Of SCTP no connection is forgotten, which is known without ports, but the note of its answers. */
function forgettingOf(connection: LiveConnection): Message {
  const { protocol, source, destination, sourcePort, destinationPort, icmp } = connection;
  if (protocol === sctp) return flowModOf("delete", noteOf(connection));
  const kind = icmp
    ? { icmpId: icmp.id, icmpType: icmp.type, icmpCode: icmp.code }
    : { sourcePort, destinationPort };
  const zone = ctZones[familyOf(source)];
  return { kind: "ctFlush", zone, protocol, original: { source, destination, ...kind } };
}
