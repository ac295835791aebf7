import { isDeepStrictEqual } from "node:util";
import type { ModeChange, NetworkForm, NetworkState, NodeView } from "@antrea/api";
import { formsTaken, oldSenders, settingsOf, type Stance, stanceOf } from "./stance.ts";

/** One peer, as far as a change needs to know how it is sent to. */
export interface SentPeer {
  readonly name: string;
  readonly form: NetworkForm | undefined;
  /** Whether switch and kernel have confirmed it. */
  readonly isConfirmed: boolean;
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
}

/** What a Node does next. */
export type FollowMove =
  | { readonly kind: "tell"; readonly state: NetworkState }
  | { readonly kind: "take"; readonly stance: Stance };

/**
 * The next thing to do about a change; undefined if there is nothing. What a Node takes is opened before it
 * is told, and told no more before it is closed; what it sends is told before it is sent. So every Node
 * knows at every moment what it may send to every other one, also where the controller, or this Node's
 * agent, ends between two moves.
 */
export function nextMove(input: FollowInput): FollowMove | undefined {
  const { current, told, change, nodes } = input;
  const wanted = change
    ? stanceOf(change, { isOldSent: oldSenders(nodes, change).length > 0 })
    : current;
  const wide = { ...wanted, accepted: union(current.accepted, wanted.accepted) };
  if (!isDeepStrictEqual(wide, current)) {
    const announced = announcing(wide, input);
    return isDeepStrictEqual(announced, told)
      ? { kind: "take", stance: wide }
      : { kind: "tell", state: announced };
  }
  const state = stateOf(wanted, input);
  if (!isDeepStrictEqual(state, told)) return { kind: "tell", state };
  return isDeepStrictEqual(wanted, current) ? undefined : { kind: "take", stance: wanted };
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

/** How far this Node has come, now that it has taken this stance. */
function stateOf(stance: Stance, input: FollowInput): NetworkState {
  const { told, peers, nodes, change, hasTunnel } = input;
  const unconfirmed = peers.find(({ isConfirmed }) => !isConfirmed);
  const sent = merge(
    [],
    peers.flatMap(({ form }) => form ?? []),
  );
  const base = {
    accepts: formsTaken(stance.accepted, { hasTunnel }),
    settings: settingsOf(stance),
    // a form is sent until the switch has confirmed another
    sends: unconfirmed ? merge(told?.sends ?? [], sent) : sent,
  };
  const reached = { change: stance.change, step: stance.step };
  const before = { change: told?.change ?? 0, step: told?.step ?? "Done" } as const;
  if (unconfirmed && stance.change > 0 && !isDeepStrictEqual(before, reached))
    return {
      ...before,
      ...base,
      waiting: `Open vSwitch has not confirmed the flows of ${unconfirmed.name}`,
    };
  const senders = change && stance.step === "Retire" ? oldSenders(nodes, change) : [];
  if (senders.length > 0)
    return { ...base, change: stance.change, step: "Send", waiting: sendersText(senders) };
  return { ...reached, ...base };
}

function sendersText(names: readonly string[]): string {
  const more = names.length - 3;
  return `${names.slice(0, 3).join(", ")}${more > 0 ? ` and ${more} more` : ""} may still send the old form`;
}

function merge(a: readonly NetworkForm[], b: readonly NetworkForm[]): readonly NetworkForm[] {
  return [...new Set([...a, ...b])].sort();
}

function union<T>(a: readonly T[], b: readonly T[]): readonly T[] {
  return [...a, ...b.filter((one) => !a.some((other) => isDeepStrictEqual(one, other)))];
}
