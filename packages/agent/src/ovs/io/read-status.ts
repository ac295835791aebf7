import { errorText } from "@antrea/base";
import { daemonControl } from "@antrea/ovsdb/io";
import { type DaemonName, daemonNames } from "../options.ts";
import type { DaemonStatus } from "../status.ts";

/** Asks each daemon for its version. */
export function readStatus(runDir: string, signal: AbortSignal): Promise<readonly DaemonStatus[]> {
  return Promise.all(daemonNames.map((daemon) => readOne(runDir, daemon, signal)));
}

async function readOne(
  runDir: string,
  daemon: DaemonName,
  signal: AbortSignal,
): Promise<DaemonStatus> {
  try {
    const said = await daemonControl(runDir, daemon).call("version", [], { signal });
    return { daemon, isAnswering: true, detail: said.trim() };
  } catch (error) {
    return { daemon, isAnswering: false, detail: errorText(error) };
  }
}
