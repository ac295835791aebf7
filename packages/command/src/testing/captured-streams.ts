import type { Clock } from "@antrea/base";
import { manualClock } from "@antrea/base/testing";
import type { Streams } from "../streams.ts";

/** Streams that keep what was written, for tests in process. */
export interface CapturedStreams extends Streams {
  readonly out: string;
  readonly err: string;
}

export function capturedStreams(
  given: {
    readonly stdin?: string | Uint8Array;
    readonly env?: Readonly<Record<string, string>>;
    readonly clock?: Clock;
    readonly isTerminal?: boolean;
    readonly width?: number;
  } = {},
): CapturedStreams {
  const text = { out: "", err: "" };
  const sink = (to: keyof typeof text) => ({
    write: (more: string) => void (text[to] += more),
    isTerminal: given.isTerminal ?? false,
    width: given.width ?? 80,
  });
  return {
    stdout: sink("out"),
    stderr: sink("err"),
    readStdin: () => Promise.resolve(Buffer.from(given.stdin ?? "")),
    env: given.env ?? {},
    clock: given.clock ?? manualClock(),
    get out() {
      return text.out;
    },
    get err() {
      return text.err;
    },
  };
}
