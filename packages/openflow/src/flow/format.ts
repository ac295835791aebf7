import { formatActions } from "../action/actions.ts";
import { formatMatch } from "../match/format.ts";
import { hex } from "../match/value-text.ts";
import { formatTable, type Names } from "../names.ts";
import { defaultPriority, type Flow } from "./flow.ts";

export interface FormatFlowOptions extends Names {
  /** Whether a cookie other than 0 is printed; goldens leave it out. True if absent. */
  readonly cookie?: boolean;
}

/** As `ovs-ofctl dump-flows --names --no-stats` prints it, without the space before it. */
export function formatFlow(
  flow: Flow,
  { cookie = true, ...names }: FormatFlowOptions = {},
): string {
  const head: string[] = [];
  if (cookie && flow.cookie !== 0n) head.push(`cookie=${hex(flow.cookie)}`);
  if (flow.table !== 0 || names.tableName?.(flow.table) !== undefined)
    head.push(`table=${formatTable(flow.table, names)}`);
  if (flow.idleTimeoutS !== 0) head.push(`idle_timeout=${flow.idleTimeoutS}`);
  if (flow.hardTimeoutS !== 0) head.push(`hard_timeout=${flow.hardTimeoutS}`);
  const match: string[] = [];
  if (flow.priority !== defaultPriority) match.push(`priority=${flow.priority}`);
  const matchText = formatMatch(flow.match, names);
  if (matchText !== "") match.push(matchText);
  const actions = `actions=${formatActions(flow.actions, names)}`;
  const rest = match.length > 0 ? `${match.join(",")} ${actions}` : actions;
  // Flags have no comma behind them, unlike all else.
  const flags = flow.flags.map((flag) => `${flag} `).join("");
  const importance = flow.importance === 0 ? "" : `importance=${flow.importance}, `;
  return `${head.map((part) => `${part}, `).join("")}${flags}${importance}${rest}`;
}

/** One line a flow: by table, then priority downward, then text. */
export function formatFlows(flows: Iterable<Flow>, options: FormatFlowOptions = {}): string {
  return [...flows]
    .map((flow) => ({ flow, text: formatFlow(flow, options) }))
    .sort(
      (a, b) =>
        a.flow.table - b.flow.table ||
        b.flow.priority - a.flow.priority ||
        (a.text < b.text ? -1 : a.text > b.text ? 1 : 0),
    )
    .map(({ text }) => `${text}\n`)
    .join("");
}
