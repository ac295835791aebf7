import { type Clock, silentLogger } from "@antrea/base";
import { noNodeGuard } from "../node/node-guard.ts";
import type { PolicyRoomDeps } from "../policy-room.ts";

/** What a room of policies needs beside its flows, where nobody listens: of a Node that guards itself not, with Pods of IPv4. */
export function quietRoom(clock: Clock): Omit<PolicyRoomDeps, "flows"> {
  return {
    guard: noNodeGuard,
    node: () => ({ families: ["ipv4"] }),
    onTold() {},
    onInForce() {},
    onChange() {},
    onConfirmed() {},
    backOff: { delayMs: () => 100 },
    clock,
    log: silentLogger,
  };
}
