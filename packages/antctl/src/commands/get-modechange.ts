import { type ModeChange, settingsText } from "@antrea/api";
import { agentApi } from "@antrea/api/local-api";
import { defineCommand } from "../context.ts";
import { askAgent } from "../reach/ask.ts";

interface ChangeRow {
  readonly change: number;
  readonly from: string;
  readonly to: string;
  readonly step: string;
  readonly ready: string;
  readonly since: string;
  /** A sentence for each Node that is waited for, and what else there is to know. */
  readonly waiting: readonly string[];
}

export const getModeChange = defineCommand({
  name: "get modechange",
  aliases: ["get modechanges", "get mc"],
  summary: "Print how far a change of the traffic mode has come, and what it waits for",
  description:
    "Steps: Accept (every Node takes both forms), Send (Nodes send the new form to those that take it), Retire (the old form ends), Done. " +
    "Each is safe to stop at. Nothing is printed before the first change.",
  example: ["antctl get modechange", "antctl get modechange -o yaml"],
  async run({ signal, ...context }): Promise<readonly ChangeRow[]> {
    if (context.place === "agent")
      return (await askAgent(context, agentApi.modeChange, { signal })).map(changeRow);
    const change = await (await context.cluster()).modeChange({ signal });
    return change ? [changeRow(change)] : [];
  },
  columns: [
    { title: "CHANGE", cell: (row: ChangeRow) => row.change },
    { title: "FROM", cell: (row) => row.from },
    { title: "TO", cell: (row) => row.to },
    { title: "STEP", cell: (row) => row.step },
    { title: "READY", cell: (row) => row.ready },
    { title: "SINCE", cell: (row) => row.since },
    { title: "WAITS-FOR", cell: (row) => row.waiting.join("; ") },
  ],
});

export function changeRow(change: ModeChange): ChangeRow {
  const { spec, status } = change;
  const { number, from, to, step, stepSince } = spec;
  return {
    change: number,
    from: settingsText(from),
    to: settingsText(to),
    step,
    ready: status ? `${status.ready}/${status.nodes}` : "",
    since: stepSince,
    waiting: waitingLines(change),
  };
}

/** What a change waits for, and what waits for it, in sentences. */
export function waitingLines({ status }: ModeChange): readonly string[] {
  if (!status) return [];
  const { waiting, ready, nodes, next, problem } = status;
  const unlisted = nodes - ready - waiting.length;
  return [
    ...(problem === undefined ? [] : [`antrea-agent.conf is not followed: ${problem}`]),
    ...waiting.map(({ nodeName, reason }) => `${nodeName}: ${reason}`),
    ...(unlisted > 0 ? [`and ${unlisted} more Nodes`] : []),
    ...(next ? [`${settingsText(next)} follows when this change is done`] : []),
  ];
}
