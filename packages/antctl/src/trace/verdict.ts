import type { TraceReply } from "@antrea/api/local-api";
import type { Pass, Step, Trace } from "./parse-trace.ts";

/** What became of the packet, and which way it went. */
export type Verdict =
  | {
      readonly kind: "sent";
      /** The port of the bridge; undefined where the packet goes back where it came from. */
      readonly port: number | undefined;
      /** What the port is, as in "pod shop/cart-0". */
      readonly to: string;
      readonly path: "local" | "direct" | "tunnel" | "host" | "back" | "unknown";
      readonly tunnelTo: string | undefined;
    }
  | { readonly kind: "dropped"; readonly table: string; readonly reason: string }
  /** The packet goes to the agent, which decides. */
  | { readonly kind: "controller"; readonly table: string };

/** The verdict of the last walk: earlier ones only lead to it. */
export function verdictOf(
  trace: Trace,
  reply: Pick<TraceReply, "tables" | "ports" | "meanings">,
): Verdict {
  const pass = trace.passes.at(-1);
  const steps = (pass?.steps ?? []).filter(({ isOuter }) => !isOuter);
  const output = outputOf(steps);
  const last = steps.at(-1);
  const table = last ? tableName(last, reply) : "no table";
  if (output?.kind === "controller") return { kind: "controller", table };
  if (!output || pass?.datapathActions === "drop") {
    return { kind: "dropped", table, reason: dropReason(pass, last, reply) };
  }
  const { port } = output;
  const to = port === undefined ? "where it came from" : (reply.ports[port] ?? `port ${port}`);
  const tunnelTo = lastMatch(steps, /^set_field:(.+)->tun(?:_ipv6)?_dst$/);
  const isToPeer = steps.some((step) => tableName(step, reply) === notesOfPeers);
  const path = port === undefined ? "back" : pathOf(to, isToPeer);
  return { kind: "sent", port, to, path, tunnelTo: path === "tunnel" ? tunnelTo : undefined };
}

/** A table of our bridge by its name, another one by its number. */
export function tableName(step: Step, { tables }: Pick<TraceReply, "tables">): string {
  return step.bridge === "br-phy"
    ? `${step.bridge} table ${step.table}`
    : (tables[step.table] ?? `table ${step.table}`);
}

type Output =
  | { readonly kind: "port"; readonly port: number | undefined }
  | { readonly kind: "controller" };

function outputOf(steps: readonly Step[]): Output | undefined {
  const first = steps[0]?.bridge;
  const actions = steps.filter(({ bridge }) => bridge === first).flatMap((step) => step.actions);
  let found: Output | undefined;
  for (const { text, notes } of actions) {
    const noted = notes.map((note) => /^output port is (\d+)$/.exec(note)?.[1]).find(Boolean);
    const direct = /^output:(\d+)$/.exec(text)?.[1];
    const port = noted ?? direct;
    if (port !== undefined) found = { kind: "port", port: Number(port) };
    else if (text === "IN_PORT" || text === "in_port") found = { kind: "port", port: undefined };
    else if (text === "LOCAL") found = { kind: "port", port: 0xfffffffe };
    else if (/^(?:CONTROLLER|controller)\b/.test(text)) found = { kind: "controller" };
  }
  return found;
}

/** Nothing looks into it but what goes to Pods of another Node. */
const notesOfPeers = "RecentDestinations";

function pathOf(to: string, isToPeer: boolean): Extract<Verdict, { kind: "sent" }>["path"] {
  if (to.startsWith("pod ")) return "local";
  if (to.startsWith("tunnel")) return "tunnel";
  if (to.startsWith("uplink")) return "direct";
  if (!to.startsWith("gateway")) return "unknown";
  return isToPeer ? "direct" : "host"; // where the host keeps the uplink, its routes take direct packets on
}

function dropReason(
  pass: Pass | undefined,
  last: Step | undefined,
  reply: Pick<TraceReply, "tables" | "meanings">,
): string {
  if (!pass || !last) return "the trace has no steps";
  const notes = last.actions.flatMap((action) => action.notes);
  if (notes.length > 0) return notes.join("; ");
  const meaning = reply.meanings?.[tableName(last, reply)];
  const what =
    last.match === undefined
      ? "no flow matched"
      : last.match === ""
        ? "no flow but the last one matched"
        : `it matched ${last.match}`;
  return meaning === undefined ? what : `${what}; this table ${meaning}`;
}

function lastMatch(steps: readonly Step[], pattern: RegExp): string | undefined {
  return steps
    .flatMap(({ actions }) => actions)
    .map(({ text }) => pattern.exec(text)?.[1])
    .findLast((found) => found !== undefined);
}
