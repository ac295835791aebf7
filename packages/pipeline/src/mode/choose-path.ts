import { formOfTunnel, type NetworkForm, type NetworkSettings } from "@antrea/api";
import type { DirectVerdict, NodeIdentity, Path, TrafficMode } from "../network.ts";
import { directPathToProve, pathTo } from "../path-to.ts";
import { formOf, type Stance } from "./stance.ts";

export interface PathChoice {
  readonly local: NodeIdentity;
  readonly stance: Pick<Stance, "preferred">;
  /** Whether a Node takes packets in this form. */
  readonly takes: (name: string, form: NetworkForm) => boolean;
  /** What probes found of the direct path to a Node; undefined where this mode does not ask them. */
  readonly direct?: ((name: string, mode: TrafficMode) => DirectVerdict | undefined) | undefined;
}

/** The path by the best settings whose form the peer takes; by the best, if it takes none. */
export function choosePath(
  peer: NodeIdentity,
  { stance: { preferred }, local, takes, direct }: PathChoice,
): { readonly path: Path; readonly form: NetworkForm | undefined } {
  const wayBy = (settings: NetworkSettings) => {
    const mode = settings.trafficEncapMode;
    const path = pathTo(peer, local, mode, direct?.(peer.name, mode));
    return { path, form: formOf(path, settings) };
  };
  const [best, ...others] = preferred;
  const first = wayBy(best);
  if (!first.form || takes(peer.name, first.form)) return first;
  const other = others.map(wayBy).find(({ form }) => form !== undefined && takes(peer.name, form));
  if (!other) return first;
  const reason = `${other.path.reason}; it does not say yet that it takes ${first.form}`;
  return { ...other, path: { ...other.path, reason } };
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
  const path = direct?.(peer.name, mode) && directPathToProve(peer, local, mode);
  return path ? [path.onLink ? "direct" : "routed", formOfTunnel(best)] : [];
}
