import { abortable } from "@antrea/base";
import type { SwitchLink } from "../bridge/switch-link.ts";
import { answerRejected } from "./answer-rejected.ts";

/** Answers what rules reject, on every connection to the switch. Without an agent such packets are dropped. */
export async function keepRejecting(
  session: Pick<SwitchLink, "connection">,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const connection = await session.connection({ signal });
    const stop = connection.onPacketIn((packetIn) => {
      const answer = answerRejected(packetIn);
      if (answer) connection.packetOut(answer);
    });
    try {
      await abortable(connection.closed, signal);
    } finally {
      stop();
    }
  }
}
