import type { DaemonName } from "./options.ts";

/** Whether a daemon answers on its control socket. */
export interface DaemonStatus {
  readonly daemon: DaemonName;
  readonly isAnswering: boolean;
  /** Its version, or why it does not answer. */
  readonly detail: string;
}

export function isHealthy(statuses: readonly DaemonStatus[]): boolean {
  return statuses.every((s) => s.isAnswering);
}

/** The daemons that answer now and did not before, or the other way round; at first all of them. */
export function changesOf(
  before: readonly DaemonStatus[],
  now: readonly DaemonStatus[],
): readonly DaemonStatus[] {
  return now.filter(
    ({ daemon, isAnswering }) =>
      before.find((one) => one.daemon === daemon)?.isAnswering !== isAnswering,
  );
}
