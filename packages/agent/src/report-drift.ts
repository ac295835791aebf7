import type { Clock, Logger } from "@antrea/base";
import type { Note } from "@antrea/kube";

/** What is put back in so many milliseconds is told as one: a port that came back brings addresses and routes along. */
const gatherMs = 1_000;
/** How much is told of it; `antctl get changes` has more. */
const mostLines = 6;

export interface DriftReporterDeps {
  readonly node: { readonly name: string; readonly uid: string };
  readonly note: (note: Note) => void;
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
  clock,
  signal,
  log,
}: DriftReporterDeps): (part: string, lines: readonly string[]) => void {
  const regarding = { apiVersion: "v1", kind: "Node", name: node.name, uid: node.uid };
  let gathered: string[] = [];

  function tell(): void {
    const told = gathered.slice(0, mostLines).join("; ");
    const more = gathered.length - mostLines;
    gathered = [];
    note({
      regarding,
      type: "Warning",
      reason: "DriftCorrected",
      message: `antrea-agent put back what others changed on this Node: ${told}${more > 0 ? `; and ${more} more` : ""}`,
    });
  }

  return (part, lines) => {
    const changes = lines.slice(0, mostLines);
    log.warn("Put back what others changed", { part, count: lines.length, changes });
    if (gathered.length === 0) clock.sleep(gatherMs, { signal }).then(tell, () => {}); // all ends
    gathered.push(...lines.map((line) => `${part} ${line}`));
  };
}
