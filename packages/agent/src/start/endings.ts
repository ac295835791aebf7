import type { Logger } from "@antrea/base";
import { systemClock as clock } from "@antrea/base/io";
import type { Note } from "@antrea/kube";
import { familiesOf } from "@antrea/pipeline";
import { type ConnectionEnder, connectionEnder } from "../connections/connection-ender.ts";
import { zoneDump } from "../connections/datapath.ts";
import type { ForbiddenCount } from "../connections/forbidden.ts";
import { endingKeeper } from "../connections/keep-ending.ts";
import { countOf, endingNote } from "../connections/report-endings.ts";
import { waitingPolicy } from "../connections/waiting-policy.ts";
import { agentMetrics } from "../metrics.ts";
import type { PolicyRoom } from "../policy/policy-room.ts";
import type { Ground } from "./ground.ts";

/** What ends connections that rules in force forbid, and what does so by itself where a policy asks for it. */
export function endingsOf(ground: Ground, room: PolicyRoom, log: Logger) {
  const { control, node, now, session, datapathSettled, metrics, tasks } = ground;
  const count = (by: "antctl" | "annotation", forbidden: readonly ForbiddenCount[]): void => {
    if (forbidden.length > 0)
      metrics.inc(agentMetrics.endedConnections.name, { by }, countOf(forbidden));
  };
  let note: (note: Note) => void = () => {};
  const ender = connectionEnder({
    dumpZone: zoneDump(control, node.datapathType),
    session,
    families: () => familiesOf(now().network),
    rules: room,
    network: () => now().network,
    settleDatapath: datapathSettled,
    pause: () => clock.sleep(1, { signal: tasks.signal }),
  });
  const keeper = endingKeeper({
    ender,
    isWanted: (uid) => room.state.policy(uid)?.inForce?.policy.endsConnections ?? false,
    isWhole: () => waitingPolicy(room.state) === undefined,
    onEnded(forbidden) {
      const told = endingNote(node.view, forbidden);
      count("annotation", forbidden);
      log.info(told.message);
      note(told);
    },
    clock,
    log,
  });
  const asked: ConnectionEnder = {
    async end(choice, options) {
      const ended = await ender.end(choice, options);
      if (!choice.isDryRun) count("antctl", ended.forbidden);
      return ended;
    },
  };
  return {
    keeper,
    ender: asked,
    tellOf(next: (note: Note) => void): void {
      note = next;
    },
  };
}
