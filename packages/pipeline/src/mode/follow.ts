import { isDeepStrictEqual } from "node:util";
import {
  type LinkChoice,
  linkChoiceOf,
  type ModeChange,
  type NetworkForm,
  type NetworkState,
  type NodeView,
} from "@antrea/api";
import {
  bothOf,
  distinct,
  formsTaken,
  isNarrower,
  oldSenders,
  settingsOf,
  type Stance,
  stanceOf,
} from "./stance.ts";

/** One peer, as far as a change needs to know how it is sent to. */
export interface SentPeer {
  readonly name: string;
  readonly form: NetworkForm | undefined;
  /** Whether switch and kernel have confirmed it, and no packet goes by what was before. */
  readonly isConfirmed: boolean;
  /** Of those by whom it will be sent to: whose Ethernet address is not known yet. */
  readonly unresolved?: string | undefined;
}

export interface FollowInput {
  /** The change that the controller leads; undefined before the first. */
  readonly change: ModeChange["spec"] | undefined;
  /** How this Node sends and takes now. */
  readonly current: Stance;
  /** What it has told the others last; undefined if nothing. */
  readonly told: NetworkState | undefined;
  readonly peers: readonly SentPeer[];
  readonly nodes: readonly NodeView[];
  /** Whether this Node can carry tunnels. */
  readonly hasTunnel: boolean;
  /** Where this Node is reached over each link that it has opened. */
  readonly links: NonNullable<NetworkState["links"]>;
  /** How long the others have been told of these links as they are, in milliseconds. */
  readonly linksAgeMs: number;
  /** How long the others have been told of the forms that this Node takes as they are, in milliseconds. */
  readonly acceptsAgeMs: number;
}

/**
 * What this Node has told that it takes no more goes on to be taken for this time, in milliseconds: what is
 * under way in that form arrives.
 */
export const underWayMs = 500;

/** Others take what comes from an address of ours once they have heard of it, for which they are given this time, in milliseconds. */
export const hearLinksMs = 500;

/** What a Node does next. */
export type FollowMove =
  | { readonly kind: "tell"; readonly state: NetworkState }
  | { readonly kind: "take"; readonly stance: Stance };

/**
 * The next thing to do about a change; undefined if there is nothing. What a Node takes is opened before it
 * is told, and told no more a while before it is closed; what it sends is told before it is sent. So every Node
 * knows at every moment what it may send to every other one, also where the controller, or this Node's
 * agent, ends between two moves.
 */
export function nextMove(input: FollowInput): FollowMove | undefined {
  const { current, told, acceptsAgeMs } = input;
  const wanted = wantedStance(input);
  const wide = { ...wanted, accepted: distinct([...current.accepted, ...wanted.accepted]) };
  if (!isDeepStrictEqual(wide, current)) {
    const announced = announcing(wide, input);
    return isDeepStrictEqual(announced, told)
      ? { kind: "take", stance: wide }
      : { kind: "tell", state: announced };
  }
  const state = stateOf(wanted, input);
  if (!isDeepStrictEqual(state, told)) return { kind: "tell", state };
  if (isDeepStrictEqual(wanted, current) || acceptsAgeMs < underWayMs) return undefined;
  return { kind: "take", stance: wanted };
}

/** As the change has it; as in its first step, while the others do not know yet where this Node would send from. */
function wantedStance(input: FollowInput): Stance {
  const { current, change } = input;
  if (!change) return current;
  const { preferred, accepted: taken } = current;
  const isOldSent = senders(change, input).length > 0;
  const led = stanceOf(change, { isOldSent, taken });
  if (!mustBeHeard(led, input)) return led;
  return { ...led, preferred, accepted: distinct([...taken, ...bothOf(change)]), step: "Accept" };
}

/** Who still sends what this Node takes and the new settings do not have. */
function senders(
  { from, to }: ModeChange["spec"],
  { nodes, current }: FollowInput,
): readonly string[] {
  return oldSenders(nodes, { left: [from, ...current.accepted], to });
}

function mustBeHeard(led: Stance, { current, told, linksAgeMs }: FollowInput): boolean {
  const link = linkChoiceOf(led.preferred[0]);
  if (link === linkChoiceOf(current.preferred[0])) return false;
  return !told?.links?.[link] || linksAgeMs < hearLinksMs;
}

/** What is told before a stance is taken: that its forms may be sent from now on. */
function announcing(stance: Stance, { told, current, hasTunnel }: FollowInput): NetworkState {
  const { change, step } = current;
  const before = told ?? {
    ...{ change, step, sends: formsTaken(current.preferred, { hasTunnel }) },
    accepts: formsTaken(current.accepted, { hasTunnel }),
  };
  const { waiting: _over, ...rest } = before;
  const settings = settingsOf(stance);
  return {
    ...rest,
    settings,
    sends: merge(before.sends, formsTaken(stance.preferred, { hasTunnel })),
  };
}

/** How far this Node has come, now that it has taken this stance, or is about to close what it does not have. */
function stateOf(stance: Stance, input: FollowInput): NetworkState {
  const { told, peers, change, hasTunnel } = input;
  const unconfirmed = peers.find(({ isConfirmed }) => !isConfirmed);
  const sent = merge(
    [],
    peers.flatMap(({ form }) => form ?? []),
  );
  const base = {
    accepts: formsTaken(stance.accepted, { hasTunnel }),
    settings: settingsOf(stance),
    links: linksOf(stance, input),
    // a form is sent until the switch has confirmed another
    sends: unconfirmed ? merge(told?.sends ?? [], sent) : sent,
  };
  const reached = { change: stance.change, step: stance.step };
  const before = { change: told?.change ?? 0, step: told?.step ?? "Done" } as const;
  if (stance.change > 0 && !isDeepStrictEqual(before, reached)) {
    if (unconfirmed) {
      const waiting = `Open vSwitch is not through with the flows of ${unconfirmed.name}`;
      return { ...before, ...base, waiting };
    }
    const unreached = unreachedBy(stance, input);
    if (unreached !== undefined) return { ...before, ...base, waiting: unreached };
    if (isNarrower(stance, input.current)) return { ...before, ...base };
  }
  const late = change && stance.step === "Retire" ? senders(change, input) : [];
  if (late.length > 0)
    return { ...base, change: stance.change, step: "Send", waiting: sendersText(late) };
  return { ...reached, ...base };
}

/** Where this Node is reached by the settings of a stance. */
function linksOf(stance: Stance, { links }: FollowInput): FollowInput["links"] {
  const choices = new Set<LinkChoice>(settingsOf(stance).map(linkChoiceOf));
  return Object.fromEntries(Object.entries(links).filter(([choice]) => choices.has(choice)));
}

/** Why packets as the new settings have them would not arrive yet; undefined if they would. */
function unreachedBy({ step }: Stance, { change, nodes, peers }: FollowInput): string | undefined {
  if (!change || step !== "Accept") return undefined;
  const link = linkChoiceOf(change.to);
  const present = [...nodes].filter(
    ({ isReady, hasAgent, podCidrs }) => isReady && hasAgent && podCidrs.length > 0,
  );
  // without a name: a word of each Node to a thousand others would be a thousand words of each
  if (link !== linkChoiceOf(change.from) && present.some(({ links }) => !links?.has(link)))
    return `not all Nodes say yet where they are reached ${overText(link)}`;
  const names = new Set(present.map(({ name }) => name));
  const deaf = peers.find(({ name, unresolved }) => unresolved !== undefined && names.has(name));
  return (
    deaf &&
    `the Ethernet address of ${deaf.unresolved}, by which ${deaf.name} is reached, is not known yet`
  );
}

function overText(link: LinkChoice): string {
  return link === "" ? "over the links of their own addresses" : `over ${link}`;
}

function sendersText(names: readonly string[]): string {
  const more = names.length - 3;
  return `${names.slice(0, 3).join(", ")}${more > 0 ? ` and ${more} more` : ""} may still send the old form`;
}

function merge(a: readonly NetworkForm[], b: readonly NetworkForm[]): readonly NetworkForm[] {
  return [...new Set([...a, ...b])].sort();
}
