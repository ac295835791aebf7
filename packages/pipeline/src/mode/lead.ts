import {
  type ChangeStep,
  changeSteps,
  findTunnelForm,
  type ModeChange,
  type ModeChangeStatus,
  MOST_LISTED_WAITING,
  type NetworkSettings,
  type NetworkState,
  type NodeView,
  sameSettings,
  settingsText,
} from "@antrea/api";
import { distinct, formsTaken, oldSenders } from "./stance.ts";

/** What the ConfigMap asks of all Nodes, or why it cannot be followed. */
export type WantedSettings = { readonly settings: NetworkSettings } | { readonly problem: string };

export interface ModeChangeInput {
  /** As the API server has it. */
  readonly current: ModeChange | undefined;
  readonly wanted: WantedSettings;
  readonly nodes: readonly NodeView[];
  /** Of whoever leads; others may have another one. */
  readonly wallTime: Date;
}

/**
 * The change as it should stand now; undefined while there is nothing to say. Pure, so that whoever leads
 * next goes on where the last one ended. A step is over once every Node that Kubernetes calls ready is
 * through with it. One that is not ready holds up only the end: it is sent the old form, which all others
 * go on to take, until it is back and says that it takes the new one.
 */
export function nextModeChange(input: ModeChangeInput): ModeChange | undefined {
  const { current, wanted } = input;
  const settings = "settings" in wanted ? wanted.settings : undefined;
  if (!current) return settings && begin(input, whereNodesAre(input.nodes, settings));
  const { from, to, step } = current.spec;
  const problem = "problem" in wanted ? wanted.problem : undefined;
  if (!settings || sameSettings(settings, to)) return proceed(input, current.spec, { problem });
  if (step === "Done") return begin(input, { from: to, to: settings, step: "Accept" });
  if (step === "Accept" && isNeededByNone(to, { from, nodes: input.nodes }))
    return begin(input, { from, to: settings, step: "Accept" });
  if (sameSettings(settings, from))
    // in Accept, all who can have taken the former settings all the time
    return begin(input, { from: to, to: from, step: step === "Accept" ? "Send" : "Accept" });
  return proceed(input, current.spec, { next: settings });
}

/**
 * Where a change begins that nothing is known of but what Nodes say: there is none yet, or somebody has
 * deleted it, maybe while some Nodes sent by the one and some by the other settings. Then all of them take
 * both at first, as at the beginning of every change.
 */
function whereNodesAre(
  nodes: readonly NodeView[],
  wanted: NetworkSettings,
): Parameters<typeof begin>[1] {
  const told = distinct(participants(nodes).flatMap(({ state }) => state?.settings ?? []));
  const others = told.filter((one) => !sameSettings(one, wanted));
  const [from, next] = others;
  if (!from) return { from: wanted, to: wanted, step: "Done" };
  const isWantedTold = others.length < told.length;
  return { from, to: isWantedTold ? wanted : (next ?? wanted), step: "Accept" };
}

/** A new change; its number is above all that a Node has acted on. */
function begin(
  { current, nodes, wallTime }: ModeChangeInput,
  { from, to, step }: { from: NetworkSettings; to: NetworkSettings; step: ChangeStep },
): ModeChange {
  const seen = nodes.map(({ state }) => state?.change ?? 0);
  const at = wallTime.toISOString();
  const spec = {
    number: 1 + Math.max(current?.spec.number ?? 0, ...seen),
    ...{ from, to, step, startedAt: at, stepSince: at },
  };
  return { spec, status: statusOf(spec, nodes) };
}

function proceed(
  { nodes, wallTime }: ModeChangeInput,
  spec: ModeChange["spec"],
  more: { readonly problem?: string | undefined; readonly next?: NetworkSettings },
): ModeChange {
  const isOver = spec.step !== "Done" && isStepOver(spec, nodes);
  const next = isOver
    ? { ...spec, step: stepAfter(spec.step), stepSince: wallTime.toISOString() }
    : spec;
  return {
    spec: next,
    status: {
      ...statusOf(next, nodes),
      ...(more.problem === undefined ? {} : { problem: more.problem }),
      ...(more.next ? { next: more.next } : {}),
    },
  };
}

/** Nodes with an agent and Pods to reach. */
function participants(nodes: readonly NodeView[]): readonly NodeView[] {
  return nodes.filter(({ hasAgent, podCidrs }) => hasAgent && podCidrs.length > 0);
}

/**
 * Whether settings that are gone to in step Accept may be forgotten: all Nodes go by the former ones, and
 * none sends, or is about to, what these do not have. After a change that was turned round it may be otherwise.
 */
function isNeededByNone(
  to: NetworkSettings,
  { from, nodes }: { readonly from: NetworkSettings; readonly nodes: readonly NodeView[] },
): boolean {
  const speaking = participants(nodes).filter(({ state }) => state !== undefined);
  const goByFormer = speaking.every(({ state }) => state && goesBy(state, from));
  return goByFormer && oldSenders(speaking, { left: [to], to: from }).length === 0;
}

function isStepOver(spec: ModeChange["spec"], nodes: readonly NodeView[]): boolean {
  const all = participants(nodes);
  const relevant = spec.step === "Retire" ? all : all.filter(({ isReady }) => isReady);
  return relevant.every((node) => isThrough(node, spec));
}

function isThrough({ state }: NodeView, spec: ModeChange["spec"]): boolean {
  return (
    state?.change === spec.number &&
    changeSteps.indexOf(state.step) >= changeSteps.indexOf(spec.step) &&
    goesBy(state, spec.to) &&
    (spec.step !== "Accept" || goesBy(state, spec.from))
  );
}

/**
 * Whether a Node has these settings, and takes what they have others send: they are told before they are
 * taken. So a change of the same number that was deleted is not taken for this one. An agent of an
 * earlier version does not say its settings.
 */
function goesBy({ settings, accepts }: NetworkState, wanted: NetworkSettings): boolean {
  const isTold = settings?.some((one) => sameSettings(one, wanted)) ?? true;
  const hasTunnel = accepts.some((form) => findTunnelForm(form) !== undefined);
  return isTold && formsTaken([wanted], { hasTunnel }).every((form) => accepts.includes(form));
}

function stepAfter(step: ChangeStep): ChangeStep {
  return changeSteps[changeSteps.indexOf(step) + 1] ?? "Done";
}

function statusOf(spec: ModeChange["spec"], nodes: readonly NodeView[]): ModeChangeStatus {
  const all = participants(nodes);
  const late = spec.step === "Done" ? [] : all.filter((node) => !isThrough(node, spec));
  return {
    nodes: all.length,
    ready: all.length - late.length,
    waiting: late
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .slice(0, MOST_LISTED_WAITING)
      .map((node) => ({ nodeName: node.name, reason: reasonOf(node, spec) })),
  };
}

function reasonOf({ state, isReady }: NodeView, { number, step }: ModeChange["spec"]): string {
  if (!isReady) return "the Node is not ready; it follows when it is back";
  if (!state) return "its agent does not say what it takes: it is of an earlier version";
  if (state.waiting !== undefined) return state.waiting;
  return state.change === number
    ? `at step ${state.step}, not at ${step} yet`
    : `has not acted on change ${number} yet`;
}

/** A change in one line. */
export function changeText({ number, from, to, step }: ModeChange["spec"]): string {
  return `change ${number}, step ${step}: from ${settingsText(from)} to ${settingsText(to)}`;
}
