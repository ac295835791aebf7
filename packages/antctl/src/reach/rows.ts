import type { AgentApi, BodyOf, QueryOf, ResponseOf } from "@antrea/api/local-api";
import { type Column, exitCodes, type Streams, text } from "@antrea/command";
import type { AntctlContext, Wait } from "../context.ts";
import { askAgents, failureLines } from "./ask.ts";

/** A row of one agent's answer, with the Node that gave it where there are several. */
export type NodeRow<R> = R & { readonly node?: string };

/** Rows from one agent or from all, and whether some did not answer. */
export interface Rows<R> {
  readonly rows: readonly NodeRow<R>[];
  readonly isWhole: boolean;
}

export const nodeOption = text("Ask only this Node's agent (from outside the cluster)", {
  placeholder: "NAME",
});

export const nodeColumn = {
  title: "NODE",
  isOptional: true,
  cell: (row: { readonly node?: string }) => row.node,
} as const;

/** The part of a command that prints `Rows`: a list without the wrapping, and exit code 1 if it is not whole. */
export function printRows<R>(...columns: readonly Column<NodeRow<R>>[]) {
  return {
    columns,
    rows: ({ rows }: Rows<R>) => rows,
    data: ({ rows }: Rows<R>): unknown => rows,
    exitCode: ({ isWhole }: Rows<R>) => (isWhole ? exitCodes.ok.code : exitCodes.failed.code),
  } as const;
}

/** Asks one agent or all, and makes rows of each answer. Nodes that did not answer are told on standard error. */
export async function rowsOfAgents<E extends AgentApi[keyof AgentApi], R>(
  context: AntctlContext & { readonly streams: Streams },
  endpoint: E,
  options: Wait & {
    readonly node?: string | undefined;
    readonly query?: QueryOf<E>;
    readonly body?: BodyOf<E>;
    readonly rows: (answer: ResponseOf<E>) => readonly R[];
  },
): Promise<Rows<R>> {
  const { answers, failures } = await askAgents(context, endpoint, options);
  context.streams.stderr.write(failureLines(failures));
  const rows = answers.flatMap(({ node, value }) =>
    options.rows(value).map((row) => (node === undefined ? row : { node, ...row }) as NodeRow<R>),
  );
  return { rows, isWhole: failures.length === 0 };
}
