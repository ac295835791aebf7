import { anyRow, mergePairs, mutate, openVSwitchTable } from "@antrea/ovsdb";
import type { OvsdbClient } from "@antrea/ovsdb/io";
import { restoreWaitKey } from "../ovs/settings.ts";

/**
 * Ends the wait in which an ovs-vswitchd that started anew leaves the kernel's flows as they are and
 * takes no packets: its tables are whole again. Nothing happens where it does not wait.
 */
export async function endRestoreWait(
  client: Pick<OvsdbClient, "replica" | "transact">,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  const row = client.replica.findOnly(openVSwitchTable);
  if (row?.other_config.get(restoreWaitKey) === undefined) return;
  const mutations = mergePairs(openVSwitchTable, "other_config", row.other_config, {
    [restoreWaitKey]: undefined,
  });
  await client.transact([mutate(openVSwitchTable, anyRow, mutations)], { signal });
}
