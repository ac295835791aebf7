import {
  formOfTunnel,
  formOver,
  type LinkChoice,
  linkChoiceOf,
  type NetworkForm,
  type NetworkSettings,
} from "@antrea/api";
import {
  type DirectVerdict,
  type NodeIdentity,
  type Path,
  reachedOver,
  type TrafficMode,
} from "../network.ts";
import { directPathToProve, pathTo } from "../path-to.ts";
import { formOf, type Stance } from "./stance.ts";

export interface PathChoice {
  readonly local: NodeIdentity;
  readonly stance: Pick<Stance, "preferred">;
  /** Whether a Node takes packets in this form. */
  readonly takes: (name: string, form: NetworkForm) => boolean;
  /** What probes found of the direct path to a Node; undefined where this mode does not ask them. */
  readonly direct?:
    | ((name: string, mode: TrafficMode, link: LinkChoice) => DirectVerdict | undefined)
    | undefined;
}

export interface ChosenPath {
  readonly path: Path;
  readonly form: NetworkForm | undefined;
  /** By which it was chosen. */
  readonly settings: NetworkSettings;
}

/** The path by the best settings whose form the peer takes; by the best, if it takes none. */
export function choosePath(
  peer: NodeIdentity,
  { stance: { preferred }, local, takes, direct }: PathChoice,
): ChosenPath {
  const wayBy = (settings: NetworkSettings): ChosenPath => {
    const path = pathBy(settings, peer, { local, direct });
    return { path, form: formOf(path, settings), settings };
  };
  const [best, ...others] = preferred;
  const first = wayBy(best);
  if (!first.form || takes(peer.name, first.form)) return first;
  const other = others.map(wayBy).find(({ form }) => form !== undefined && takes(peer.name, form));
  if (!other) return first;
  const reason = `${other.path.reason}; it does not say yet that it takes ${first.form}`;
  return { ...other, path: { ...other.path, reason } };
}

/** The path by these settings, over the link that they choose. */
export function pathBy(
  settings: NetworkSettings,
  peer: NodeIdentity,
  { local, direct }: Pick<PathChoice, "local" | "direct">,
): Path {
  const [mode, link] = [settings.trafficEncapMode, linkChoiceOf(settings)];
  const verdict = direct?.(peer.name, mode, link);
  return pathTo(reachedOver(peer, link), reachedOver(local, link), mode, verdict);
}

/**
 * The forms in which probes may have the peer sent to at any moment, by the settings that are sent by: a
 * mode that is only taken still, or already, turns nothing.
 */
export function mayTurnTo(
  peer: NodeIdentity,
  { stance: { preferred }, local, direct }: Omit<PathChoice, "takes">,
): readonly NetworkForm[] {
  const [best] = preferred;
  const mode = best.trafficEncapMode;
  const link = linkChoiceOf(best);
  const path =
    direct?.(peer.name, mode, link) &&
    directPathToProve(reachedOver(peer, link), reachedOver(local, link), mode);
  if (!path) return [];
  const forms = [path.onLink ? "direct" : "routed", formOfTunnel(best)] as const;
  return forms.map((form) => formOver(form, best));
}
