import { anyRow, mergePairs, mutate, openVSwitchTable, type Replica, waitFor } from "@antrea/ovsdb";
import type { OvsdbClient } from "@antrea/ovsdb/io";
import { startedWithKey, wishedStart } from "../start-settings.ts";
import type { SupervisedDaemon } from "./daemon.ts";

/** Sees to it that ovs-vswitchd runs with what the database wishes, where only a start makes it so. */
export interface StartSettingsKeeper {
  /** Notes what ovs-vswitchd is about to be started with. */
  note(): void;
  /** Says in the database with what it runs, for those who wait for their wish. */
  publish(signal: AbortSignal): Promise<void>;
  /** Starts it anew whenever the wishes are others than those it runs with, until the signal aborts. */
  keep(replica: Replica, vswitchd: SupervisedDaemon, signal: AbortSignal): Promise<void>;
}

export function startSettingsKeeper(client: OvsdbClient): StartSettingsKeeper {
  let noted: string | undefined;
  return {
    note() {
      noted = wishOf(client.replica);
    },
    async publish(signal) {
      const row = client.replica.findOnly(openVSwitchTable);
      if (!row) return;
      const mutations = mergePairs(openVSwitchTable, "external_ids", row.external_ids, {
        [startedWithKey]: noted,
      });
      if (mutations.length > 0)
        await client.transact([mutate(openVSwitchTable, anyRow, mutations)], { signal });
    },
    async keep(replica, vswitchd, signal) {
      while (!signal.aborted) {
        const wish = await waitFor(replica, (now) => otherWish(now, noted), { signal });
        await vswitchd.restart(`it runs with "${noted}", and "${wish}" is wished`);
      }
    },
  };
}

function wishOf(replica: Replica): string | undefined {
  const row = replica.findOnly(openVSwitchTable);
  return row && wishedStart(row);
}

function otherWish(replica: Replica, noted: string | undefined): string | undefined {
  const wish = wishOf(replica);
  return wish === noted ? undefined : wish;
}
