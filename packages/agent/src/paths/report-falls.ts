import type { Clock } from "@antrea/base";
import type { Note } from "@antrea/kube";

/** Paths that fall back within so many milliseconds are told as one: a switch that failed takes many along. */
const gatherMs = 1_000;
const mostNamed = 6;

export interface FallReporterDeps {
  readonly node: { readonly name: string; readonly uid: string };
  readonly note: (note: Note) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Tells by an Event on the Node of peers that are tunnelled to again. */
export function fallReporter({
  node,
  note,
  clock,
  signal,
}: FallReporterDeps): (name: string, reason: string) => void {
  const regarding = { apiVersion: "v1", kind: "Node", name: node.name, uid: node.uid };
  let gathered: string[] = [];

  function tell(): void {
    const more = gathered.length - mostNamed;
    const named = gathered.slice(0, mostNamed).join("; ");
    gathered = [];
    note({
      regarding,
      type: "Warning",
      reason: "PathFellBack",
      message: `The direct path failed, traffic goes by the tunnel: ${named}${more > 0 ? `; and ${more} more` : ""}`,
    });
  }

  return (name, reason) => {
    if (gathered.length === 0) clock.sleep(gatherMs, { signal }).then(tell, () => {}); // all ends
    gathered.push(`to ${name}: ${reason}`);
  };
}
