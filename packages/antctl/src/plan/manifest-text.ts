import type { PairChange, PairChanges, PlannedObject } from "@antrea/policy/plan";
import type { ManifestNode, ManifestPlan } from "./manifest-plan.ts";
import { countText, signs } from "./signs.ts";

/** The plan of a manifest in lines, below the table of its Nodes. */
export function manifestLines(
  { objects, nodes, pairs, problems }: ManifestPlan,
  { isDelete, showsDiff }: { readonly isDelete: boolean; readonly showsDiff: boolean },
): readonly string[] {
  return [
    ...(showsDiff ? nodes.flatMap(diffOf) : []),
    ...objects.flatMap(objectLines),
    ...problems,
    "",
    ...flowLines(nodes),
    ...hostLines(nodes),
    `Judged ${pairs.judged} connections${pairs.isSample ? ", a sample of all" : ""}, by the specifications. Newly denied: ${summary(pairs.denied)}; newly allowed: ${summary(pairs.allowed)}.`,
    ...pairs.denied.examples.map((one) => pairLine("-", one)),
    ...moreOf(pairs.denied),
    ...pairs.allowed.examples.map((one) => pairLine("+", one)),
    ...moreOf(pairs.allowed),
    `Nothing has been changed. To do it: kubectl ${isDelete ? "delete" : "apply"} -f FILE.`,
  ];
}

/** "+1 ~2": policies that come to the Node, change there or leave it. */
export function policiesText({ policies: { added, changed, removed } }: ManifestNode): string {
  return countText([
    ...added.map(() => signs.add),
    ...changed.map(() => signs.modify),
    ...removed.map(() => signs.remove),
  ]);
}

function diffOf({ node, flows = [], host = [] }: ManifestNode): readonly string[] {
  const changed = flows.map(({ change, flow }) => `${signs[change]} ${flow}`);
  return [`--- ${node}`, ...changed, ...host, ""];
}

const verbs: Readonly<Record<PlannedObject["action"], string>> = {
  create: "would be created",
  change: "would be changed",
  keep: "is there as it is written",
  delete: "would be deleted",
  absent: "is not there",
  refuse: "would be refused",
  ignore: "is not looked at",
};

function objectLines(object: PlannedObject): readonly string[] {
  const { kind, namespace, name, action, reasons, warnings } = object;
  const called = `${kind || "An object"} ${namespace === "" ? "" : `${namespace}/`}${name}`.trim();
  return [
    `${called} ${verbs[action]}${reasons.length > 0 ? `: ${reasons.join("; ")}` : ""}`,
    ...warnings.map((warning) => `  Warning: ${warning}`),
  ];
}

/** What it costs, by table, on all Nodes together and where it costs most. */
function flowLines(nodes: readonly ManifestNode[]): readonly string[] {
  if (nodes.length === 0) return ["No Node would be told of anything."];
  const all = nodes.flatMap(({ flows = [] }) => flows);
  const byTable = Map.groupBy(all, ({ table }) => table);
  const tables = [...byTable].map(
    ([table, rows]) => `${table} ${countText(rows.map(({ change }) => signs[change]))}`,
  );
  const growth = ({ flows = [] }: ManifestNode): number =>
    flows.filter(({ change }) => change === "add").length -
    flows.filter(({ change }) => change === "remove").length;
  const [most] = nodes.toSorted((a, b) => growth(b) - growth(a));
  const costs = most && growth(most) > 0 ? `; most on ${most.node}, ${growth(most)} more` : "";
  return [`Flows, on all Nodes together: ${tables.join(", ") || "the same"}${costs}.`];
}

/** What policies for Nodes themselves change there. */
function hostLines(nodes: readonly ManifestNode[]): readonly string[] {
  const all = nodes.flatMap(({ host = [] }) => host);
  if (all.length === 0) return [];
  const byKind = Map.groupBy(all, (line) => line.split(" ", 3).slice(1).join(" "));
  const kinds = [...byKind].map(
    ([kind, lines]) => `${kind} ${countText(lines.map((line) => line.slice(0, 1)))}`,
  );
  return [`Of Nodes themselves, on all together: ${kinds.join(", ")}.`];
}

function summary({ connections, pairs }: PairChanges): string {
  return connections === 0 ? "none" : `${connections} (pairs: ${pairs})`;
}

function pairLine(sign: string, { from, to, traffic, reason }: PairChange): string {
  return `${sign} ${from} -> ${to}: ${traffic.join(", ")}, ${reason}`;
}

function moreOf({ pairs, examples }: PairChanges): readonly string[] {
  const more = pairs - examples.length;
  return more > 0 ? [`  and ${more} more pairs`] : [];
}
