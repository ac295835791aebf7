import type { Clock, Logger } from "@antrea/base";
import type { Note } from "@antrea/kube";

/** What is put back in so many milliseconds is told as one: a port that came back brings addresses and routes along. */
const gatherMs = 1_000;
/** How many lines are told of it, shared among the parts; `antctl get changes` has more. */
const mostLines = 6;

export interface DriftReporterDeps {
  readonly node: { readonly name: string; readonly uid: string };
  readonly note: (note: Note) => void;
  readonly onCorrected: (part: string, count: number) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/**
 * Says what was put back: in the log at once, and to whoever reads `kubectl describe node`. The
 * recorder of Events counts what is said again and stops at too much, so that a war of edits floods
 * nobody.
 */
export function driftReporter({
  node,
  note,
  onCorrected,
  clock,
  signal,
  log,
}: DriftReporterDeps): (part: string, lines: readonly string[]) => void {
  const regarding = { apiVersion: "v1", kind: "Node", name: node.name, uid: node.uid };
  let gathered = new Map<string, readonly string[]>();

  function tell(): void {
    const told = fairShare(gathered, mostLines);
    const more = [...gathered.values()].flat().length - told.length;
    gathered = new Map();
    note({
      regarding,
      type: "Warning",
      reason: "DriftCorrected",
      message: `antrea-agent put back what others changed on this Node: ${told.join("; ")}${more > 0 ? `; and ${more} more` : ""}`,
    });
  }

  return (part, lines) => {
    const changes = lines.slice(0, mostLines);
    onCorrected(part, lines.length);
    log.warn("Put back what others changed", { part, count: lines.length, changes });
    if (gathered.size === 0) clock.sleep(gatherMs, { signal }).then(tell, () => {}); // all ends
    gathered.set(part, [...(gathered.get(part) ?? []), ...lines]);
  };
}

/** So many lines of all parts, each with its part's name: no part's many hide another's few. */
function fairShare(parts: ReadonlyMap<string, readonly string[]>, most: number): readonly string[] {
  let left = most;
  const shares = new Map<string, number>();
  const fewestFirst = [...parts].toSorted(([, a], [, b]) => a.length - b.length);
  for (const [index, [part, lines]] of fewestFirst.entries()) {
    const share = Math.min(lines.length, Math.ceil(left / (fewestFirst.length - index)));
    shares.set(part, share);
    left -= share;
  }
  return [...parts].flatMap(([part, lines]) =>
    lines.slice(0, shares.get(part)).map((line) => `${part} ${line}`),
  );
}
