import { agentApi, type FlowRow, type PathRow } from "@antrea/api/local-api";
import { errorText } from "@antrea/base";
import type { Streams } from "@antrea/command";
import type { Decision, Verdict } from "@antrea/policy/reference";
import type { AntctlContext, Wait } from "../context.ts";
import { askAgent } from "../reach/ask.ts";
import type { End } from "./ends.ts";

/** What agents make of a verdict: the way between the Nodes, and the flows of what decided at each end. */
export interface OnNodes {
  readonly path?: { readonly from: string; readonly to: string } & Pick<PathRow, "path" | "reason">;
  readonly flows: readonly RuleFlows[];
}

interface RuleFlows {
  readonly node: string;
  readonly direction: Decision["direction"];
  readonly flows: readonly FlowRow[];
}

type Context = AntctlContext & { readonly streams: Streams };

/** Asks the agents of both Nodes. What they do not tell is told on standard error, and left out. */
export async function onNodes(
  context: Context,
  { source, destination }: { readonly source: End; readonly destination: End },
  { egress, ingress }: Verdict,
  options: Wait,
): Promise<OnNodes> {
  if (context.place !== "outside") return { flows: [] };
  const [path, ...flows] = await Promise.all([
    told(context, source.node, (node) => pathOf(context, node, destination.node, options)),
    told(context, source.node, (node) => flowsOf(context, node, egress, options)),
    told(context, destination.node, (node) => flowsOf(context, node, ingress, options)),
  ]);
  return { ...(path && { path }), flows: flows.flatMap((one) => one ?? []) };
}

export function onNodesLines({ path, flows }: OnNodes): readonly string[] {
  return [
    ...(path ? [`Path from ${path.from} to ${path.to}: ${path.path}, ${path.reason}`] : []),
    ...flows.flatMap(({ node, direction, flows: those }) => [
      `Flows on ${node} of what decides on ${direction === "Out" ? "egress" : "ingress"}: ${those.length}`,
      ...those.slice(0, shownFlows).map(({ cookie, flow }) => `  cookie=${cookie}, ${flow}`),
      ...(those.length > shownFlows ? [`  and ${those.length - shownFlows} more`] : []),
    ]),
  ];
}

/** A rule may have as many as it has peers: `-o json` has them all. */
const shownFlows = 12;

async function told<T>(
  { streams }: Context,
  node: string | undefined,
  ask: (node: string) => Promise<T>,
): Promise<T | undefined> {
  if (node === undefined) return undefined;
  try {
    return await ask(node);
  } catch (error) {
    streams.stderr.write(`antctl: ${errorText(error)}\n`);
    return undefined;
  }
}

async function pathOf(
  context: Context,
  from: string,
  to: string | undefined,
  options: Wait,
): Promise<OnNodes["path"]> {
  const rows =
    to === undefined ? [] : await askAgent(context, agentApi.paths, { node: from, ...options });
  const row = rows.find(({ name }) => name === to);
  return row && { from, to: row.name, path: row.path, reason: row.reason };
}

async function flowsOf(
  context: Context,
  node: string,
  { by, direction }: Decision,
  options: Wait,
): Promise<readonly RuleFlows[]> {
  const decided = by.kind === "rule" ? [by.rule] : by.kind === "isolation" ? by.policies : [];
  const lists = await Promise.all(
    decided.map(({ kind, namespace, name, ...rule }) => {
      const index = "index" in rule ? { index: rule.index as number } : {};
      const query = { kind, namespace, name, direction, ...index };
      return askAgent(context, agentApi.ruleFlows, { node, query, ...options });
    }),
  );
  return decided.length === 0 ? [] : [{ node, direction, flows: lists.flat() }];
}
