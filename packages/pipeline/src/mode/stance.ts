import {
  type BareForm,
  type ChangeStep,
  formOfTunnel,
  formOver,
  type ModeChange,
  type NetworkForm,
  type NetworkSettings,
  type NetworkState,
  type NodeView,
  sameSettings,
} from "@antrea/api";
import type { Path } from "../network.ts";

/** How this Node sends and what it takes, at one moment. */
export interface Stance {
  /** The settings to send by, best first: a peer that does not take the form of one is sent that of the next. */
  readonly preferred: readonly [NetworkSettings, ...NetworkSettings[]];
  /** The settings whose forms are taken from every peer. */
  readonly accepted: readonly NetworkSettings[];
  /** What a peer takes that does not say it: an agent of an earlier version. */
  readonly presumed: readonly NetworkSettings[];
  /** The change that this belongs to; 0 before the first. */
  readonly change: number;
  readonly step: ChangeStep;
}

/** Follows its own file alone, as long as no change was ever led. */
export function ownStance(settings: NetworkSettings): Stance {
  return {
    preferred: [settings],
    accepted: [settings],
    presumed: [settings],
    change: 0,
    step: "Done",
  };
}

/** All settings of a stance, those that are sent by first, best first. */
export function settingsOf({ preferred, accepted }: Stance): readonly NetworkSettings[] {
  return distinct([...preferred, ...accepted]);
}

/** Each of them once, in their order. */
export function distinct(all: readonly NetworkSettings[]): readonly NetworkSettings[] {
  return all.filter((one, at) => all.findIndex((other) => sameSettings(one, other)) === at);
}

export interface StartInput {
  readonly change: ModeChange["spec"] | undefined;
  readonly nodes: Iterable<NodeView>;
  /** What the agent before this one has told the others last. */
  readonly told: NetworkState | undefined;
  /** Of this Node's own file. */
  readonly own: NetworkSettings;
}

/**
 * How an agent that starts sends and takes at first. What a Node has told holds until it tells something
 * else: the next step of a change is taken in its turn only, with a word to the others before. Its own
 * file counts as long as there was no change at all.
 */
export function stanceAtStart({ change, nodes, told, own }: StartInput): Stance {
  const asTold = stanceAsTold(told);
  if (!change) return asTold && asTold.change > 0 ? asTold : ownStance(own);
  const isOldSent = oldSenders(nodes, { left: [change.from], to: change.to }).length > 0;
  const led = stanceOf(change, { isOldSent });
  return asTold ? { ...asTold, presumed: led.presumed } : led;
}

/** Undefined where nothing was told, or by an agent of an earlier version. */
function stanceAsTold(told: NetworkState | undefined): Stance | undefined {
  const [best, ...others] = told?.settings ?? [];
  if (!told || !best) return undefined;
  const { change, step } = told;
  const all: Stance["preferred"] = [best, ...others];
  return { preferred: all, accepted: all, presumed: all.slice(-1), change, step };
}

export interface StanceInput {
  /** Some Node still sends a form that only settings have that are left: all are taken until none does. */
  readonly isOldSent: boolean;
  /** What this Node takes already: of a change before this one, maybe, that another Node still goes by. */
  readonly taken?: readonly NetworkSettings[];
}

/** What the step of a change means for one Node. Nothing that it takes is closed before Retire. */
export function stanceOf(
  change: ModeChange["spec"],
  { isOldSent, taken = [] }: StanceInput,
): Stance {
  const { number, from, to, step } = change;
  const both = bothOf(change);
  const preferred: Stance["preferred"] =
    step === "Accept" ? [from, ...both.slice(1)] : [to, ...both.slice(0, -1)];
  const isOver = step === "Done" || (step === "Retire" && !isOldSent);
  return {
    preferred: step === "Done" ? [to] : preferred,
    accepted: isOver ? [to] : distinct([...taken, ...both]),
    presumed: step === "Done" ? [to] : [from],
    change: number,
    step,
  };
}

/** The settings of a change, those that are left first. */
export function bothOf({
  from,
  to,
}: Pick<ModeChange["spec"], "from" | "to">): readonly NetworkSettings[] {
  return sameSettings(from, to) ? [to] : [from, to];
}

/** The forms that Nodes take whose settings are these. `direct` is always among them, over each link: flows of a neighbour take it in every mode. */
export function formsTaken(
  settings: readonly NetworkSettings[],
  { hasTunnel }: { readonly hasTunnel: boolean },
): readonly NetworkForm[] {
  const forms = settings.flatMap((one) => {
    const bare: BareForm[] = ["direct"];
    if (hasTunnel) bare.push(formOfTunnel(one));
    if (mayRoute(one)) bare.push("routed");
    return bare.map((form) => formOver(form, one));
  });
  return [...new Set(forms)];
}

/** Whether `next` takes less than `before`, so that what is under way may be lost. */
export function isNarrower(next: Stance, before: Stance): boolean {
  const [more, less] = [before, next].map((one) => formsTaken(one.accepted, { hasTunnel: true }));
  return more?.some((form) => !less?.includes(form)) ?? false;
}

function mayRoute({ trafficEncapMode: mode }: NetworkSettings): boolean {
  return mode === "noEncap" || mode === "auto";
}

/** The form of a path that was chosen by these settings; undefined where there is none. */
export function formOf(path: Path, settings: NetworkSettings): NetworkForm | undefined {
  if (path.kind === "none") return undefined;
  if (path.kind === "tunnel") return formOver(formOfTunnel(settings), settings);
  return formOver(path.onLink ? "direct" : "routed", settings);
}

/** Whether a peer takes a form, as it says itself. */
export function takes(peer: NodeView | undefined, form: NetworkForm, stance: Stance): boolean {
  const forms = peer?.state?.accepts ?? formsTaken(stance.presumed, { hasTunnel: true });
  return forms.includes(form);
}

export interface Leaving {
  readonly left: readonly NetworkSettings[];
  readonly to: NetworkSettings;
}

/** The Nodes that still send what only settings have that are left. */
export function oldSenders(nodes: Iterable<NodeView>, { left, to }: Leaving): readonly string[] {
  const kept = formsTaken([to], { hasTunnel: true });
  const old = formsTaken(left, { hasTunnel: true }).filter((form) => !kept.includes(form));
  if (old.length === 0) return [];
  return [...nodes]
    .filter(({ hasAgent }) => hasAgent)
    .filter(({ state }) => !state || state.sends.some((form) => old.includes(form)))
    .map(({ name }) => name);
}
