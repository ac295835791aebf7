import { pino } from "pino";
import { errorText } from "../errors.ts";
import type { LogData, Logger, LogLevel } from "../log.ts";
import { logWriter } from "./log-writer.ts";

/** The root of a program's loggers, with its level, which may be changed while it runs. */
export interface RootLogger extends Logger {
  level: LogLevel;
}

/**
 * One JSON line an entry on standard error, or to `write` where it is given. Nobody waits for who reads
 * standard error: lines that nobody reads are counted, and the log says how many there were.
 */
export function rootLogger(
  program: string,
  level: LogLevel,
  write?: (line: string) => void,
): RootLogger {
  const onLost = (count: number): void =>
    root.warn("Lines of this log were lost, since nobody read it", { count });
  const sink = pino(
    {
      level: "trace",
      base: { program },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: write ?? logWriter(process.stderr, onLost) },
  );
  const state = { level };
  const order: readonly LogLevel[] = ["error", "warn", "info", "debug", "trace"];

  const at = (component: string | undefined): Logger => {
    const line =
      (own: LogLevel) =>
      (sentence: string, data: LogData = {}) => {
        if (order.indexOf(own) > order.indexOf(state.level)) return;
        const err = data["err"];
        sink[own](
          {
            ...(component ? { component } : {}),
            ...data,
            ...(err === undefined ? {} : { err: errorText(err) }),
          },
          sentence,
        );
      };
    return {
      error: line("error"),
      warn: line("warn"),
      info: line("info"),
      debug: line("debug"),
      trace: line("trace"),
      child: (name) => at(component ? `${component}/${name}` : name),
    };
  };

  const root: RootLogger = {
    ...at(undefined),
    get level() {
      return state.level;
    },
    set level(next: LogLevel) {
      state.level = next;
    },
  };
  return root;
}
