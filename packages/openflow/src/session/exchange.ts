import type { ByteWriter } from "@antrea/wire";
import type { ErrorMessage } from "../message/error.ts";
import type { Message } from "../message/messages.ts";
import type { OpenFlowError } from "./failure.ts";

/**
 * Something asked of the switch under one or more adjacent xids, until it is answered. It writes
 * its messages when there is room for them, so that a hundred thousand need no buffer of their own.
 */
export interface Exchange {
  /** What sort of thing is asked: "bundle", "batch", or the kind of the one message. */
  readonly kind: string;
  /** How many xids it uses. */
  readonly xids: number;
  /** Appends messages until it has said all that it can say now (true) or the writer is full enough. */
  write(firstXid: number, out: ByteWriter, fullAt: number): boolean;
  /** A reply to its message number `index`. */
  onReply(index: number, message: Message, hasMore: boolean): void;
  onRefused(index: number, error: ErrorMessage): void;
  /** Ends it: no answer will come. */
  fail(error: OpenFlowError): void;
  /** Whether all is answered. */
  isDone(): boolean;
  /** Whether it has something to write again, after a reply. */
  isWaitingToWrite(): boolean;
  /** Names it in an error. */
  describe(): string;
}
