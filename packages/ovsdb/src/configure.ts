import type { OvsdbClient, Wait } from "./io/client.ts";
import { waitFor } from "./replica/wait-for.ts";
import { openVSwitchTable } from "./schema/open-vswitch.ts";
import { anyRow, increase, mutate, type Operation, select } from "./transaction/operation.ts";
import { type OperationResult, rowsOf } from "./transaction/result.ts";

type Client = Pick<OvsdbClient, "transact" | "replica">;

/**
 * As `transact`, and numbers the configuration so that it can be known when ovs-vswitchd has acted on it
 * (`next_cfg` and `cur_cfg` in ovs-vswitchd.conf.db(5)). Resolves with that number once committed.
 */
export async function transactNumbered(
  client: Client,
  operations: readonly Operation[],
  { signal }: Wait,
): Promise<{ readonly results: readonly OperationResult[]; readonly configuration: number }> {
  const all = [
    ...operations,
    mutate(openVSwitchTable, anyRow, [increase("next_cfg", 1)]),
    select(openVSwitchTable, anyRow, ["next_cfg"]),
  ];
  const results = await client.transact(all, { signal });
  const configuration = rowsOf(openVSwitchTable, results.at(-1))[0]?.next_cfg ?? 0;
  return { results: results.slice(0, operations.length), configuration };
}

/** Commits the operations and waits until ovs-vswitchd has acted on them; no operations, no wait. */
export async function configure(
  client: Client,
  operations: readonly Operation[],
  { signal }: Wait,
): Promise<readonly OperationResult[]> {
  if (operations.length === 0) return [];
  const { results, configuration } = await transactNumbered(client, operations, { signal });
  await waitFor(
    client.replica,
    (replica) => (isActedOn(replica, configuration) ? true : undefined),
    { signal },
  );
  return results;
}

/** Whether ovs-vswitchd has acted on the configuration of this number. */
export function isActedOn(replica: Client["replica"], configuration: number): boolean {
  return (replica.findOnly(openVSwitchTable)?.cur_cfg ?? 0) >= configuration;
}
