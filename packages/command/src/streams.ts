import type { Clock } from "@antrea/base";

/** Where text goes. */
export interface Sink {
  write(text: string): void;
  /** Whether a person watches, so that a line may be redrawn. */
  readonly isTerminal: boolean;
  /** Characters in a line of the terminal. */
  readonly width: number;
}

/** All of the world that a command may touch without asking for more: handed in, so that tests hold it. */
export interface Streams {
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** All of standard input, read when called. */
  readStdin(): Promise<Uint8Array>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}
