import { silentLogger } from "@antrea/base";
import { systemClock } from "@antrea/base/io";
import { connectSwitch } from "../io/connect-switch.ts";
import type { SwitchConnection } from "../session/connection.ts";

/** A connection to the switch at this socket, which is there within seconds or fails the test. */
export function connectInTest(path: string): Promise<SwitchConnection> {
  return connectSwitch({
    path,
    log: silentLogger,
    clock: systemClock,
    signal: AbortSignal.timeout(5_000),
  });
}
