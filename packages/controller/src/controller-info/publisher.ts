import {
  apiVersionOfKind,
  type ControllerInfo,
  controllerInfoKind,
  objectNames,
} from "@antrea/api";
import { type Clock, isAbort, type Logger } from "@antrea/base";
import type { KubeClient } from "@antrea/kube";
import { controllerInfos } from "../cluster/records.ts";

export interface PublisherDeps {
  readonly client: KubeClient;
  readonly info: () => ControllerInfo;
  readonly clock: Clock;
  readonly log: Logger;
}

/** As often as Antrea's. */
const HEARTBEAT_MS = 60_000;
/** How often it is looked whether something has changed that is worth a write at once. */
const LOOK_MS = 2_000;

/** Keeps the one AntreaControllerInfo true until the signal aborts: at each heartbeat and soon after a change. */
export async function publishControllerInfo(
  { client, info, clock, log }: PublisherDeps,
  signal: AbortSignal,
): Promise<void> {
  let written = "";
  let writtenAt = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    const now = info();
    const news = withoutTimes(now);
    if (news !== written || clock.now() - writtenAt >= HEARTBEAT_MS) {
      const isWritten = await write(now);
      if (isWritten) [written, writtenAt] = [news, clock.now()];
    }
    await clock.sleep(LOOK_MS, { signal }).catch(() => {});
  }

  async function write(now: ControllerInfo): Promise<boolean> {
    const { kind } = controllerInfoKind;
    const metadata = { name: objectNames.controllerInfo };
    const object = { apiVersion: apiVersionOfKind(controllerInfoKind), kind, metadata, ...now };
    const fieldManager = objectNames.controller;
    try {
      await client.apply(controllerInfos, object, { fieldManager, force: true, signal });
      return true;
    } catch (error) {
      if (!signal.aborted || !isAbort(error))
        log.warn("Could not publish AntreaControllerInfo, will retry", { err: error });
      return false;
    }
  }
}

function withoutTimes(info: ControllerInfo): string {
  return JSON.stringify(info, (key, value: unknown) =>
    key === "lastHeartbeatTime" ? undefined : value,
  );
}
