import { hexDump } from "./hex.ts";

export type DecodeProblem =
  | { readonly code: "truncated"; readonly wanted: number; readonly got: number }
  | { readonly code: "bad-length"; readonly declared: number }
  | { readonly code: "unknown-type"; readonly type: number }
  | { readonly code: "bad-value"; readonly field: string; readonly value: number };

/** Bytes from a peer that are not what they say they are. Carries where, and the bytes. */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
  readonly problem: DecodeProblem;
  /** Byte offset in `frame`. */
  readonly at: number;
  readonly frame: Uint8Array;

  constructor(problem: DecodeProblem, at: number, frame: Uint8Array) {
    super(`${problemText(problem)} at byte ${at} of ${frame.length}`);
    this.problem = problem;
    this.at = at;
    this.frame = frame;
  }

  /** The bytes as a hex dump, for a log line at debug. */
  dump(): string {
    return hexDump(this.frame);
  }
}

function problemText(problem: DecodeProblem): string {
  switch (problem.code) {
    case "truncated":
      return `truncated: wanted ${problem.wanted} bytes, got ${problem.got}`;
    case "bad-length":
      return `bad length ${problem.declared}`;
    case "unknown-type":
      return `unknown type ${problem.type}`;
    case "bad-value":
      return `bad value ${problem.value} for ${problem.field}`;
  }
}
