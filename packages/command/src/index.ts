export * from "./arg.ts";
export {
  type AnyProgram,
  type Column,
  type Command,
  type CommandSpec,
  commandsFor,
  defineCommand,
  defineProgram,
  type Invocation,
  type Program,
  type Rest,
} from "./command.ts";
export { type Candidate, complete } from "./complete.ts";
export { CommandFailure, didYouMean, exitCodes, UsageError } from "./failure.ts";
export { formatHelp } from "./help.ts";
export { formatJson, formatTable, formatYaml, type OutputFormat } from "./output.ts";
export { formatElapsed, type Progress, type ProgressOptions, progress } from "./progress.ts";
export { formatReference } from "./reference.ts";
export { type RunOptions, runCommandLine } from "./run.ts";
export type { Sink, Streams } from "./streams.ts";
