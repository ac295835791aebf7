import type { NetworkForm, NetworkSettings } from "@antrea/api";
import type { DirectVerdict, NodeIdentity, Path, TrafficMode } from "../network.ts";
import { pathTo } from "../path-to.ts";
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
