import type { ErrorMessage } from "../message/error.ts";
import { encodeFrame, type Message } from "../message/messages.ts";
import type { Exchange } from "./exchange.ts";
import { type Outcome, refused } from "./request.ts";

/**
 * Messages without replies, then a barrier: resolves when the switch has done them all, rejects
 * with those that it refused. Not atomic: the others are done. For what a bundle cannot hold.
 */
export function batch(messages: readonly Message[], outcome: Outcome<void>): Exchange {
  const refusals: { message: Message; error: ErrorMessage }[] = [];
  let written = 0;
  let isDone = false;
  return {
    kind: "batch",
    xids: messages.length + 1,
    write(firstXid, out, fullAt) {
      for (; written < messages.length; written++) {
        if (out.size >= fullAt) return false;
        encodeFrame(messages[written] as Message, firstXid + written, out);
      }
      encodeFrame({ kind: "barrierRequest" }, firstXid + messages.length, out);
      return true;
    },
    onReply(index) {
      if (index < messages.length || isDone) return;
      isDone = true;
      if (refusals.length > 0) outcome.reject(refused(refusals));
      else outcome.resolve();
    },
    onRefused(index, error) {
      const message = messages[index];
      if (message) refusals.push({ message, error });
    },
    fail(error) {
      if (!isDone) outcome.reject(error);
      isDone = true;
    },
    isDone: () => isDone,
    isWaitingToWrite: () => false,
    describe: () => `${messages.length} messages and a barrier`,
  };
}
