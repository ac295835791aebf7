import { agentApi, controllerApi } from "@antrea/api/local-api";
import { type LogLevel, logLevels } from "@antrea/base";
import { flag, oneOf, text, UsageError, value, type ValueType } from "@antrea/command";
import { type AntctlContext, defineCommand, type Wait } from "../context.ts";
import { askAgents, askController, type Failure, failureLines } from "../reach/ask.ts";

interface LevelRow {
  readonly component: "agent" | "controller";
  readonly node?: string;
  readonly level: LogLevel;
}

interface Findings {
  readonly rows: readonly LevelRow[];
  readonly failures: readonly Failure[];
}

/**
 * A level by its name, or by Antrea's number, which is klog's verbosity: from 4 on it is for debugging,
 * from 5 on it tells each message (`kubectl options`, --v).
 */
const level: ValueType<LogLevel> = {
  ...oneOf(logLevels),
  wanted: `one of ${logLevels.join(", ")}, or a verbosity from 0 to 10`,
  parse(typed) {
    if (!/^(\d|10)$/.test(typed)) return oneOf(logLevels).parse(typed);
    const verbosity = Number(typed);
    if (verbosity >= 5) return "trace";
    return verbosity === 4 ? "debug" : "info";
  },
};

export const logLevel = defineCommand({
  name: "log-level",
  summary: "Print how much is logged, or change it while the program runs",
  description:
    "In a Pod of ours: that program. Elsewhere without a level: all of them; with a level one says whose, by --node, --controller or --all.",
  example: ["antctl log-level", "antctl log-level debug", "antctl log-level debug --node node-1"],
  args: {
    node: text("Only this Node's agent", { placeholder: "NAME" }),
    controller: flag("Only the controller"),
    all: flag("Every agent and the controller"),
  },
  positionals: {
    level: value(
      "What to log from now on; Antrea's numbers are taken too: 0 to 3 info, 4 debug, 5 and more trace",
      level,
      {
        placeholder: "LEVEL",
      },
    ),
  },
  async run({ args, positionals: { level }, streams, signal, ...context }): Promise<Findings> {
    const isSaid = args.node !== undefined || args.controller || args.all;
    if (context.place === "outside" && level !== undefined && !isSaid) {
      throw new UsageError(
        "Say whose level to change: --node NAME, --controller, or --all for every agent and the controller.",
      );
    }
    const asksAgents = !args.controller && context.place !== "controller";
    const asksController = args.node === undefined && context.place !== "agent";
    const parts = await Promise.all([
      ...(asksAgents ? [agentLevels(context, args.node, level, { signal })] : []),
      ...(asksController ? [controllerLevel(context, level, { signal })] : []),
    ]);
    const failures = parts.flatMap((part) => part.failures);
    streams.stderr.write(failureLines(failures));
    return { rows: parts.flatMap((part) => part.rows), failures };
  },
  data: ({ rows }) => rows,
  rows: ({ rows }) => rows,
  columns: [
    { title: "COMPONENT", cell: (row: LevelRow) => row.component },
    { title: "NODE", isOptional: true, cell: (row) => row.node },
    { title: "LEVEL", cell: (row) => row.level },
  ],
  exitCode: ({ failures }) => (failures.length === 0 ? 0 : 1),
});

async function agentLevels(
  context: AntctlContext,
  node: string | undefined,
  level: LogLevel | undefined,
  { signal }: Wait,
): Promise<Findings> {
  const { answers, failures } = await (level === undefined
    ? askAgents(context, agentApi.logLevel, { node, signal })
    : askAgents(context, agentApi.setLogLevel, { node, signal, body: { level } }));
  const rows = answers.map(
    ({ node: from, value }): LevelRow =>
      from === undefined
        ? { component: "agent", ...value }
        : { component: "agent", node: from, ...value },
  );
  return { rows, failures };
}

async function controllerLevel(
  context: AntctlContext,
  level: LogLevel | undefined,
  { signal }: Wait,
): Promise<Findings> {
  const state = await (level === undefined
    ? askController(context, controllerApi.logLevel, { signal })
    : askController(context, controllerApi.setLogLevel, { signal, body: { level } }));
  return { rows: [{ component: "controller", ...state }], failures: [] };
}
