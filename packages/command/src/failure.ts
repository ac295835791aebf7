/** What a program's exit code says. Shells and scripts rely on these numbers. */
export const exitCodes = {
  ok: { code: 0, meaning: "done" },
  failed: { code: 1, meaning: "the command ran and failed, or a check found a fault" },
  usage: { code: 2, meaning: "the command line was not understood; nothing was done" },
  interrupted: { code: 130, meaning: "stopped by a signal" },
} as const;

/** A failure that a person reads. Its text is whole sentences: what was seen, what was wanted, what to do. */
export class CommandFailure extends Error {
  override readonly name: string = "CommandFailure";
  readonly exitCode: number;
  constructor(sentence: string, options: { cause?: unknown; exitCode?: number } = {}) {
    super(sentence, "cause" in options ? { cause: options.cause } : {});
    this.exitCode = options.exitCode ?? exitCodes.failed.code;
  }
}

/** The command line itself is wrong. Also for checks of arguments inside `run`. */
export class UsageError extends CommandFailure {
  override readonly name = "UsageError";
  constructor(sentence: string) {
    super(sentence, { exitCode: exitCodes.usage.code });
  }
}

/** Ends a sentence with the nearest valid name, or with nothing. */
export function didYouMean(name: string | undefined): string {
  return name === undefined ? "" : ` Did you mean "${name}"?`;
}
