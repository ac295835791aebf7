/** What a line carries beside its sentence. Use the keys of `log-keys.ts` where one fits. */
export type LogData = Readonly<Record<string, unknown>>;

export type LogLevel = "error" | "warn" | "info" | "debug" | "trace";

export const logLevels = ["error", "warn", "info", "debug", "trace"] as const;

/**
 * A constant sentence with a capital first and no full stop, and the data beside it.
 * `error`: a person must act. `warn`: degraded and retrying. `info`: a change an operator asked
 * for or must know. `debug`: every reconcile. `trace`: every message.
 */
export interface Logger {
  error(sentence: string, data?: LogData): void;
  warn(sentence: string, data?: LogData): void;
  info(sentence: string, data?: LogData): void;
  debug(sentence: string, data?: LogData): void;
  trace(sentence: string, data?: LogData): void;
  /** A logger whose lines also carry `component`. Levels follow the parent's, also when changed later. */
  child(component: string): Logger;
}

/** Says nothing: for tests that are not about logging. */
export const silentLogger: Logger = {
  error() {},
  warn() {},
  info() {},
  debug() {},
  trace() {},
  child: () => silentLogger,
};
