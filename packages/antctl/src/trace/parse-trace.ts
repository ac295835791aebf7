/**
 * Reads what `ofproto/trace` prints (ovs-vswitchd(8), "ofproto/trace"). Lines that are not known are
 * kept as notes of the step that they follow, so that nothing is lost on a newer OVS.
 */
export interface Trace {
  readonly passes: readonly Pass[];
}

/** One walk through the tables. Each `ct` or other recirculation begins a new one. */
export interface Pass {
  /** What the packet comes back from, as in "conntrack with default ct_state=trk|new"; undefined at first. */
  readonly resumedBy: string | undefined;
  readonly steps: readonly Step[];
  /** What the datapath was told to do with the packet in the end. */
  readonly datapathActions: string;
}

/** One table that the packet met. */
export interface Step {
  readonly bridge: string;
  /** The packet is the tunnel's by now: encapsulated, it passes the bridge once more on its way out. */
  readonly isOuter: boolean;
  readonly table: number;
  /** What matched; "" for any packet; undefined where no flow matched. */
  readonly match: string | undefined;
  readonly priority: number | undefined;
  readonly cookie: string | undefined;
  readonly actions: readonly Action[];
}

/** An action as OVS writes it, and what OVS says came of it. */
export interface Action {
  readonly text: string;
  readonly notes: readonly string[];
}

interface OpenStep extends Step {
  readonly actions: OpenAction[];
}
interface OpenAction {
  readonly text: string;
  readonly notes: string[];
}
interface OpenPass {
  readonly resumedBy: string | undefined;
  readonly steps: OpenStep[];
  datapathActions: string;
}

export function parseTrace(text: string): Trace {
  const passes: OpenPass[] = [newPass(undefined)];
  let bridge = "";
  for (const line of text.split("\n")) {
    const pass = passes.at(-1) ?? newPass(undefined);
    const resumed = /^recirc\(0x[0-9a-f]+\) - resume (.*)$/.exec(line);
    const named = /^\s*bridge\("([^"]*)"\)$/.exec(line);
    const actions = /^Datapath actions: (.*)$/.exec(line);
    const isOuter = pass.steps.some(isEncapsulating) && bridge === pass.steps[0]?.bridge;
    const step = parseStep(line, { bridge, isOuter });
    if (resumed)
      passes.push(newPass((resumed[1] ?? "").replace(/ \(use --ct-next to customize\)$/, "")));
    else if (named) bridge = named[1] ?? "";
    else if (actions) pass.datapathActions = actions[1] ?? "";
    else if (step) pass.steps.push(step);
    else addDetail(pass.steps.at(-1), line);
  }
  return { passes };
}

function newPass(resumedBy: string | undefined): OpenPass {
  return { resumedBy, steps: [], datapathActions: "" };
}

/** " 8. ip,nw_dst=10.244.3.0/24, priority 200, cookie 0x1" or "12. No match." */
function parseStep(line: string, where: Pick<Step, "bridge" | "isOuter">): OpenStep | undefined {
  const [, table, rest] = /^\s*(\d+)\. (.*)$/.exec(line) ?? [];
  if (table === undefined || rest === undefined) return undefined;
  const common = { ...where, table: Number(table), actions: [] };
  const flow = /^(?:(.*), )?priority (\d+)(?:, cookie (0x[0-9a-f]+))?$/.exec(rest);
  return flow
    ? { ...common, match: flow[1] ?? "", priority: Number(flow[2]), cookie: flow[3] }
    : { ...common, match: undefined, priority: undefined, cookie: undefined };
}

/** Whether the userspace datapath made a tunnel packet of it here, and goes on with that. */
function isEncapsulating({ actions }: Step): boolean {
  return actions.some(({ notes }) => notes.includes("output to native tunnel"));
}

const headings = /^(?:Flow: |Final flow: |Megaflow: |={5,}|-{5,}|This flow is handled by)/;

function addDetail(step: OpenStep | undefined, line: string): void {
  const text = line.trim();
  if (!step || text === "" || headings.test(text) || text === "thaw") return;
  if (/^(?:->|>>)/.test(text)) step.actions.at(-1)?.notes.push(text.replace(/^(?:->|>>)\s*/, ""));
  else if (line.startsWith("    ")) step.actions.push({ text, notes: [] });
}
