import type { ErrorMessage } from "../message/error.ts";
import { encodeFrame, type Message } from "../message/messages.ts";
import { describeMessage } from "../message/text.ts";
import type { Exchange } from "./exchange.ts";
import { OpenFlowError } from "./failure.ts";

/** How an exchange ends: once, with one or the other. */
export interface Outcome<T> {
  resolve(value: T): void;
  reject(error: OpenFlowError): void;
}

/**
 * One message with one reply, which may come in several parts. Resolves with the parts;
 * `onPart` hears of each before anything that comes later is looked at.
 */
export function request(
  message: Message,
  outcome: Outcome<readonly Message[]>,
  onPart: (part: Message) => void = () => {},
): Exchange {
  const parts: Message[] = [];
  let isDone = false;
  return {
    kind: message.kind,
    xids: 1,
    write(xid, out) {
      encodeFrame(message, xid, out);
      return true;
    },
    onReply(_, reply, hasMore) {
      parts.push(reply);
      onPart(reply);
      if (hasMore || isDone) return;
      isDone = true;
      outcome.resolve(parts);
    },
    onRefused(_, error) {
      isDone = true;
      outcome.reject(refused([{ message, error }]));
    },
    fail(error) {
      if (!isDone) outcome.reject(error);
      isDone = true;
    },
    isDone: () => isDone,
    isWaitingToWrite: () => false,
    describe: () => describeMessage(message),
  };
}

/** The error for messages that the switch refused, in the order in which it said so. */
export function refused(
  cases: readonly { readonly message: Message; readonly error: ErrorMessage }[],
): OpenFlowError {
  const refusals = cases.map(({ message, error }) => ({
    error: error.name,
    request: describeMessage(message),
    ...(message.kind === "flowMod" ? { flow: message.flow } : {}),
  }));
  return new OpenFlowError({ code: "refused", refusals });
}
