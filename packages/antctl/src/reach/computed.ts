import type { AgentApi, ResponseOf } from "@antrea/api/local-api";
import { flag, type Streams, UsageError } from "@antrea/command";
import type { StreamName, StreamObject } from "@antrea/policy/controlplane";
import type { AntctlContext, Wait } from "../context.ts";
import { refuseIn } from "./ask.ts";
import { type NodeRow, type Rows, rowsOfAgents } from "./rows.ts";

export const computedOption = flag(
  "What the controller has computed, whole, rather than what Nodes have of it (always in the controller's Pod)",
);

/** How one kind of object is shown, whoever tells of it. */
export interface Shown<K extends StreamName, E extends AgentApi[keyof AgentApi], R> {
  readonly stream: K;
  readonly endpoint: E;
  readonly ofController: (object: StreamObject[K]) => R;
  readonly ofAgent: (answer: ResponseOf<E>) => readonly R[];
}

/** Asks agents, each for its Node's share, or the aggregated API for all that there is. */
export async function rowsOf<K extends StreamName, E extends AgentApi[keyof AgentApi], R>(
  context: AntctlContext & { readonly streams: Streams },
  shown: Shown<K, E, R>,
  options: Wait & { readonly node: string | undefined; readonly computed: boolean },
): Promise<Rows<R>> {
  const { node, computed, signal } = options;
  if (node !== undefined && computed)
    throw new UsageError("--computed is not of a Node: leave --node out.");
  if (!computed && (context.place !== "controller" || node !== undefined))
    return rowsOfAgents(context, shown.endpoint, { node, signal, rows: shown.ofAgent });
  refuseIn("agent", context);
  const objects = await (await context.cluster()).computed(shown.stream, { signal });
  return { rows: objects.map(shown.ofController) as NodeRow<R>[], isWhole: true };
}
