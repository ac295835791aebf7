import { type AgentConfig, objectNames } from "@antrea/api";
import type { Logger } from "@antrea/base";
import { anyRow, mergePairs, mutate, openVSwitchTable, waitFor } from "@antrea/ovsdb";
import type { OvsdbClient } from "@antrea/ovsdb/io";
import { startedWith, type StartSettings, startText } from "../ovs/start-settings.ts";

/** What the configuration wishes that ovs-vswitchd reads only when it starts. */
export function startSettingsOf({
  userspaceTSO,
  ovs,
}: Pick<AgentConfig, "userspaceTSO" | "ovs">): StartSettings {
  return {
    "hw-offload": ovs.hwOffload ? "true" : undefined,
    "userspace-tso-enable": userspaceTSO ? "true" : undefined,
  };
}

/**
 * Writes the wishes and waits until an ovs-vswitchd runs that was started with them: the Pod antrea-ovs
 * of this Node starts it anew where it must. Nothing happens if it runs so already. Rejects with a
 * sentence when the signal times out.
 */
export async function settleStartSettings(
  client: OvsdbClient,
  settings: StartSettings,
  { log, signal }: { readonly log: Logger; readonly signal: AbortSignal },
): Promise<void> {
  const { replica } = client;
  const row = await waitFor(replica, () => replica.findOnly(openVSwitchTable), { signal });
  const mutations = mergePairs(openVSwitchTable, "other_config", row.other_config, settings);
  if (mutations.length > 0) {
    log.info("Open vSwitch starts anew with other settings", { wanted: startText(settings) });
    await client.transact([mutate(openVSwitchTable, anyRow, mutations)], { signal });
  }
  const isSettled = (): true | undefined => {
    const now = replica.findOnly(openVSwitchTable);
    return now && startedWith(now) === startText(settings) ? true : undefined;
  };
  try {
    await waitFor(replica, isSettled, { signal });
  } catch (error) {
    if (!isTimeout(error)) throw error;
    throw new Error(
      `Open vSwitch of this Node was not started with "${startText(settings)}" in time. Look at its Pod: kubectl -n ${objectNames.namespace} get pods -l component=${objectNames.openVSwitch} -o wide`,
      { cause: error },
    );
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}
