import { cleanText } from "../error.ts";
import { isRecord } from "../object.ts";

/**
 * The channels of `v5.channel.k8s.io`: each WebSocket message begins with the number of its channel.
 * Version 5 adds that a channel can be ended (KEP-4006), without which a program that reads its
 * standard input to the end would wait for ever.
 */
export const protocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"] as const;

export const channels = {
  stdin: 0,
  stdout: 1,
  stderr: 2,
  error: 3,
  resize: 4,
  close: 255,
} as const;

/** One message on a channel. */
export function frame(channel: number, data: Uint8Array): Uint8Array {
  const message = new Uint8Array(data.length + 1);
  message[0] = channel;
  message.set(data, 1);
  return message;
}

/** Says that standard input is over; only version 5 knows it. */
export const endOfStdin = Uint8Array.of(channels.close, channels.stdin);

/** How a command in a Pod ended. */
export interface ExecStatus {
  /** The program's exit code; undefined where it never ran. */
  readonly code: number | undefined;
  /** Why it did not run or did not end well; empty for code 0. */
  readonly message: string;
}

/** Reads the Status on the error channel; undefined where it is none. */
export function parseExecStatus(text: string): ExecStatus | undefined {
  let status: unknown;
  try {
    status = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(status)) return undefined;
  if (status["status"] === "Success") return { code: 0, message: "" };
  if (status["status"] !== "Failure") return undefined;
  const message = typeof status["message"] === "string" ? cleanText(status["message"], 500) : "";
  return { code: exitCode(status["details"]), message };
}

function exitCode(details: unknown): number | undefined {
  if (!isRecord(details) || !Array.isArray(details["causes"])) return undefined;
  const cause: unknown = details["causes"].find(
    (one: unknown) => isRecord(one) && one["reason"] === "ExitCode",
  );
  const code = isRecord(cause) ? Number(cause["message"]) : Number.NaN;
  return Number.isInteger(code) ? code : undefined;
}
