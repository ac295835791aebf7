import type { ByteWriter } from "@antrea/wire";
import { type BundledMessage, bundleFlags, bundleTypes } from "../message/bundle.ts";
import type { ErrorMessage } from "../message/error.ts";
import { encodeFrame, type Message } from "../message/messages.ts";
import type { Exchange } from "./exchange.ts";
import { type Outcome, refused } from "./request.ts";

const FLAGS = bundleFlags.atomic | bundleFlags.ordered;

/**
 * Messages done all together or not at all, in the order given. Writes open, all messages and
 * close without waiting; commits only when the close is answered and nothing was refused,
 * because Open vSwitch would commit a bundle without the messages that it could not add.
 *
 *     open add add … add close ──► closed, none refused ──► commit ──► committed
 *                                  closed, some refused ──► discard ─► rejected
 *
 * Uses an xid for the open, one for each message, and two for the rest.
 */
export function bundle(
  bundleId: number,
  messages: readonly BundledMessage[],
  outcome: Outcome<void>,
): Exchange {
  const refusals: { message: Message; error: ErrorMessage }[] = [];
  const closeIndex = messages.length + 1;
  let written = 0; // of open, messages, close
  let state: "adding" | "closed" | "ending" | "done" = "adding";

  const end = () => {
    state = "done";
    if (refusals.length > 0) outcome.reject(refused(refusals));
    else outcome.resolve();
  };

  function writeControl(type: keyof typeof bundleTypes, xid: number, out: ByteWriter): void {
    encodeFrame(
      { kind: "bundleControl", bundle: bundleId, type: bundleTypes[type], flags: FLAGS },
      xid,
      out,
    );
  }

  return {
    kind: "bundle",
    xids: messages.length + 3,
    write(firstXid, out, fullAt) {
      if (state === "closed") {
        state = "ending";
        const type = refusals.length > 0 ? "discardRequest" : "commitRequest";
        writeControl(type, firstXid + closeIndex + 1, out);
        return true;
      }
      for (; written < closeIndex; written++) {
        if (out.size >= fullAt) return false;
        const message = messages[written - 1];
        if (message)
          encodeFrame(
            { kind: "bundleAdd", bundle: bundleId, flags: FLAGS, message },
            firstXid + written,
            out,
          );
        else writeControl("openRequest", firstXid, out);
      }
      writeControl("closeRequest", firstXid + closeIndex, out);
      return true;
    },
    onReply(index) {
      if (index === closeIndex) state = "closed";
      else if (index > closeIndex && state !== "done") end();
    },
    onRefused(index, error) {
      const message = messages[index - 1] ?? controlMessage(bundleId);
      const isAboutCommit = index > closeIndex;
      if (!isAboutCommit || refusals.length === 0) refusals.push({ message, error });
      if (index === closeIndex) state = "closed"; // discarding is still right
      if (isAboutCommit && state !== "done") end();
    },
    fail(error) {
      if (state !== "done") outcome.reject(error);
      state = "done";
    },
    isDone: () => state === "done",
    isWaitingToWrite: () => state === "closed",
    describe: () => `a bundle of ${messages.length} messages`,
  };
}

function controlMessage(bundleId: number): Message {
  return { kind: "bundleControl", bundle: bundleId, type: bundleTypes.openRequest, flags: FLAGS };
}
