import {
  anyRow,
  bridgeTable,
  changedColumns,
  insert,
  mergePairs,
  mutate,
  type Operation,
  openVSwitchTable,
  pairsOf,
  type Replica,
  update,
} from "@antrea/ovsdb";
import type { RunOptions } from "./options.ts";

/** What the root row must say before ovs-vswitchd starts, since it reads some of it only once. */
export interface RootSettings {
  readonly otherConfig: Readonly<Record<string, string | undefined>>;
  readonly externalIds: Readonly<Record<string, string | undefined>>;
  readonly ovsVersion: string;
  readonly schemaVersion: string;
  readonly systemType: string;
  readonly systemVersion: string;
}

/** Facts of the machine that the settings name. */
export interface SystemFacts {
  readonly ovsVersion: string;
  readonly schemaVersion: string;
  readonly systemType: string;
  readonly systemVersion: string;
  /** Used where the database has no identity yet and none was given. */
  readonly newSystemId: string;
}

/**
 * With it ovs-vswitchd starts without flushing the kernel's flows, and takes no packets, so that what
 * was going on goes on while its own tables are still empty (ovs-vswitchd.conf.db(5)).
 */
export const restoreWaitKey = "flow-restore-wait";

export function rootSettings(
  options: Pick<RunOptions, "hostname" | "systemId" | "otherConfig">,
  facts: SystemFacts,
  replica: Replica,
): RootSettings {
  const known = replica.findOnly(openVSwitchTable)?.external_ids.get("system-id");
  return {
    otherConfig: {
      // the agent ends the wait once the tables are whole again: end-restore-wait.ts
      [restoreWaitKey]: hasKernelBridge(replica) ? "true" : undefined,
      ...Object.fromEntries(options.otherConfig),
    },
    externalIds: {
      "system-id": options.systemId ?? known ?? facts.newSystemId,
      ...(options.hostname === undefined ? {} : { hostname: options.hostname }),
    },
    ovsVersion: facts.ovsVersion,
    schemaVersion: facts.schemaVersion,
    systemType: facts.systemType,
    systemVersion: facts.systemVersion,
  };
}

/** Whether a bridge of before has flows in the kernel; a bridge that names no datapath has the kernel's. */
function hasKernelBridge(replica: Replica): boolean {
  const types = [...replica.rows(bridgeTable).values()].map((row) => row.datapath_type);
  return types.some((type) => type === "system" || type === "");
}

/** The operations that make the root row say so; other keys of its maps are left alone. None if it does. */
export function planRootSettings(replica: Replica, settings: RootSettings): readonly Operation[] {
  const scalars = {
    ovs_version: settings.ovsVersion,
    db_version: settings.schemaVersion,
    system_type: settings.systemType,
    system_version: settings.systemVersion,
  };
  const row = replica.findOnly(openVSwitchTable);
  if (!row) {
    const maps = {
      other_config: pairsOf(settings.otherConfig),
      external_ids: pairsOf(settings.externalIds),
    };
    return [insert(openVSwitchTable, { ...scalars, ...maps })];
  }
  const change = changedColumns(openVSwitchTable, row, scalars);
  const mutations = [
    ...mergePairs(openVSwitchTable, "other_config", row.other_config, settings.otherConfig),
    ...mergePairs(openVSwitchTable, "external_ids", row.external_ids, settings.externalIds),
  ];
  return [
    ...(change ? [update(openVSwitchTable, anyRow, change)] : []),
    ...(mutations.length > 0 ? [mutate(openVSwitchTable, anyRow, mutations)] : []),
  ];
}
