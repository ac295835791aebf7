/** Where something stands in a text: both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One reason why a configuration is refused, or something its reader should know. */
export interface ConfigProblem extends Position {
  readonly file: string;
  /** The whole path of the option, as in `flowExporter.enable`; empty for the text as such. */
  readonly key: string;
  /** What was seen, what was wanted, and the nearest valid name: a full sentence. */
  readonly sentence: string;
}

/** Compiler style, so that editors and people find the place: `antrea-agent.conf:3:1: tunelType: …`. */
export function formatProblem({ file, line, column, key, sentence }: ConfigProblem): string {
  return `${file}:${line}:${column}: ${key === "" ? "" : `${key}: `}${sentence}`;
}

/** Takes what a reader finds wrong, at the place where it stands. */
export type Report = (at: Position, key: string, sentence: string) => void;

/** ` Did you mean "tunnelType"?`, or nothing where no name is near. */
export function didYouMean(name: string | undefined): string {
  return name === undefined ? "" : ` Did you mean ${JSON.stringify(name)}?`;
}
