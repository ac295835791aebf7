import type { TraceReply } from "@antrea/api/local-api";
import type { Action, Step } from "./parse-trace.ts";
import { parseTrace } from "./parse-trace.ts";
import { tableName, type Verdict, verdictOf } from "./verdict.ts";

type Names = Pick<TraceReply, "tables" | "ports" | "meanings">;

/** A trace for programs: what `-o json` prints. */
export interface ReadTrace {
  readonly packet: string;
  readonly verdict: Verdict;
  readonly steps: readonly {
    readonly table: string;
    readonly match: string;
    readonly priority: number | undefined;
    readonly cookie: string | undefined;
    readonly actions: readonly string[];
  }[];
}

export function readTrace(reply: TraceReply): ReadTrace {
  const trace = parseTrace(reply.text);
  return {
    packet: reply.packet,
    verdict: verdictOf(trace, reply),
    steps: trace.passes
      .flatMap(({ steps }) => steps)
      .map((step) => ({
        table: tableName(step, reply),
        match: matchText(step),
        priority: step.priority,
        cookie: step.cookie,
        actions: actionLines(step, reply),
      })),
  };
}

/** A trace for people: the packet, each table with what it did, and the verdict. */
export function formatTrace(reply: TraceReply): string {
  const trace = parseTrace(reply.text);
  return [
    `Packet: ${reply.packet}`,
    ...trace.passes.flatMap((pass) => [
      ...(pass.resumedBy === undefined
        ? [""]
        : ["", `-- comes back from ${comingBack(pass.resumedBy)} --`]),
      ...pass.steps.filter(({ isOuter }) => !isOuter).flatMap((step) => stepLines(step, reply)),
      ...outerLines(pass.steps, reply),
    ]),
    "",
    ...verdictLines(verdictOf(trace, reply)),
  ].join("\n");
}

function outerLines(steps: readonly Step[], names: Names): string[] {
  const outer = steps.filter(({ isOuter }) => isOuter);
  if (outer.length === 0) return [];
  return [
    "",
    "-- encapsulated, it passes the bridge once more on its way to the uplink --",
    ...outer.flatMap((step) => stepLines(step, names)),
  ];
}

function stepLines(step: Step, names: Names): string[] {
  const name = tableName(step, names);
  const meaning = names.meanings?.[name];
  const priority = step.priority === undefined ? "" : ` (priority ${step.priority})`;
  return [
    `${name}${meaning === undefined ? "" : `: ${meaning}`}`,
    `    ${matchText(step)}${priority}`,
    ...actionLines(step, names).map((line) => `      ${line}`),
  ];
}

function matchText({ match }: Step): string {
  if (match === undefined) return "no flow matches";
  return match === "" ? "any packet" : match;
}

/** OVS writes a `drop` after a `ct` that ends this walk; the packet goes on in the next one. */
function actionLines({ actions }: Step, names: Names): string[] {
  const isForked = actions.some(({ text }) => /^ct\(.*table=/.test(text));
  return actions
    .filter(({ text }) => !(isForked && text === "drop") && !text.startsWith("Resuming from table"))
    .map((action) => actionWords(action, names));
}

const setField = /^set_field:([^>]+)->(.+)$/;

/** An action in words; those that have no words here stay as OVS writes them. */
function actionWords({ text, notes }: Action, { tables, ports }: Names): string {
  const nameOf = (table: string | undefined) => tables[table ?? ""] ?? `table ${table}`;
  const goTo = /^goto_table:(\d+)$/.exec(text);
  if (goTo) return `go to ${nameOf(goTo[1])}`;
  const resubmit = /^resubmit\([^,]*,(\d+)\)$/.exec(text);
  if (resubmit) return `look into ${nameOf(resubmit[1])}`;
  const set = setField.exec(text);
  if (set) return `set ${set[2]} to ${set[1]}`;
  const move = /^move:(.+)->(.+)$/.exec(text);
  if (move) return `copy ${move[1]} to ${move[2]}${notes[0] ? ` (${notes[0]})` : ""}`;
  if (text === "dec_ttl") return "count the hop: TTL less one";
  const lookup = /^ct\((?:.*,)?table=(\d+)/.exec(text);
  if (lookup) return `look the connection up, go on in ${nameOf(lookup[1])}: ${text}`;
  if (text.startsWith("ct(commit")) return `remember the connection: ${text}`;
  const port = notes.map((note) => /^output port is (\d+)$/.exec(note)?.[1]).find(Boolean);
  if (port !== undefined) return `send it out of ${ports[port] ?? "port"} (${port})`;
  if (text === "IN_PORT") return "send it back where it came from";
  return notes.length > 0 ? `${text} (${notes.join("; ")})` : text;
}

function comingBack(resumedBy: string): string {
  const state = /ct_state=(\S+)/.exec(resumedBy)?.[1];
  if (!resumedBy.startsWith("conntrack") || state === undefined) return resumedBy;
  const isNew = state.split("|").includes("new");
  return `connection tracking as ${isNew ? "a new" : "a known"} connection (ct_state=${state})`;
}

function verdictLines(verdict: Verdict): string[] {
  switch (verdict.kind) {
    case "dropped":
      return [`Verdict: dropped in ${verdict.table}: ${verdict.reason}`];
    case "controller":
      return [`Verdict: handed to the agent by ${verdict.table}`];
    case "sent": {
      const port = verdict.port === undefined ? "" : ` (port ${verdict.port})`;
      const to = verdict.port === undefined ? "back where it came from" : `to ${verdict.to}`;
      return [`Verdict: sent ${to}${port}`, `Path: ${pathWords(verdict)}`];
    }
  }
}

function pathWords({ path, to, tunnelTo }: Extract<Verdict, { kind: "sent" }>): string {
  const byWhom = to.startsWith("gateway") ? "by the host's routes" : "out of the uplink";
  const words = {
    local: "local: on this Node",
    direct: `direct: ${byWhom}, not encapsulated`,
    tunnel: `tunnel: encapsulated${tunnelTo === undefined ? "" : ` to ${tunnelTo}`}`,
    host: "by the host: its routes take it on from the gateway",
    back: "back: answered by the bridge itself",
    unknown: "unknown: the port is none of ours",
  } as const;
  return words[path];
}
