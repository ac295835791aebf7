import type { AgentApi, ChangeRow, QueryOf } from "@antrea/api/local-api";
import type { ChangeLog } from "@antrea/base";

/** What the flight recorder remembers of what was asked for, oldest first. */
export function changeRows(
  changes: Pick<ChangeLog, "records">,
  { owner = "", kind, after = 0 }: QueryOf<AgentApi["changes"]>,
): readonly ChangeRow[] {
  const kinds = kind?.split(",").map((name) => name.trim());
  return changes
    .records()
    .filter(
      (record) =>
        record.serial > after &&
        record.owner.includes(owner) &&
        (kinds?.includes(record.kind) ?? true),
    )
    .map(({ wantedAt, sentAt, settledAt, ...record }) => ({
      ...record,
      wantedAt: wantedAt.toISOString(),
      sentAt: sentAt.toISOString(),
      ...(settledAt ? { settledAt: settledAt.toISOString() } : {}),
    }));
}
