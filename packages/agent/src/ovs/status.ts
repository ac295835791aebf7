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
