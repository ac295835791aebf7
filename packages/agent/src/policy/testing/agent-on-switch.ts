import { silentLogger } from "@antrea/base";
import { systemClock as clock } from "@antrea/base/io";
import type { startOvs } from "@antrea/openflow/testing";
import { flowNews } from "../../bridge/flow-news.ts";
import { flowRealizer } from "../../bridge/flow-realizer.ts";
import { openSwitch } from "../../bridge/io/open-switch.ts";
import { policyRoom } from "../policy-room.ts";
import { quietRoom } from "./quiet-room.ts";

/** An agent's policies on a real switch, from its first connection; counts what it sends. */
export async function agentOn(ovs: Awaited<ReturnType<typeof startOvs>>) {
  const connection = await openSwitch({
    news: flowNews(),
    path: ovs.mgmtSocket("br0"),
    log: silentLogger,
    clock,
    signal: AbortSignal.timeout(5_000),
  });
  let flowMods = 0;
  const flows = flowRealizer({
    ...connection,
    applyFlows(change) {
      flowMods += change.add.length + change.modify.length + change.remove.length;
      return connection.applyFlows(change);
    },
  });
  const room = policyRoom({
    flows,
    ...quietRoom(clock),
  });
  const { state } = room;
  return {
    room,
    state,
    flows,
    dumpFlows: connection.dumpFlows,
    takeFlowMods(): number {
      const count = flowMods;
      flowMods = 0;
      return count;
    },
    close: () => connection.close(),
  };
}
