import type { Lab } from "@antrea/lab";
import { inAgent } from "./cluster.ts";

/** What ovs-vswitchd tells of changes to its flows, whoever makes them. */
export interface FlowWatch {
  /** So far: the lines of `ovs-ofctl monitor` that tell a change, without flows that the switch learns itself. */
  changes(): Promise<readonly string[]>;
  /** Ends it, with all that was told. */
  stop(): Promise<readonly string[]>;
}

const place = "/tmp/flow-changes";

/** Lets a Node's switch tell each change of a flow from now on (Nicira's flow monitor). */
export async function watchFlows(lab: Lab, node: string): Promise<FlowWatch> {
  const sh = (script: string) => inAgent(lab, node, "antrea-ovs", ["sh", "-c", script]);
  await sh(
    `rm -rf ${place}; mkdir ${place}
     ovs-ofctl monitor br-int 'watch:!initial' >${place}/out 2>&1 </dev/null &
     echo $! >${place}/pid
     until grep -q FLOW_MONITOR ${place}/out; do sleep 0.05; done`,
  );
  const changes = async () =>
    (await sh(`cat ${place}/out`))
      .split("\n")
      .filter((line) => /\bevent=(ADDED|DELETED|MODIFIED)\b/.test(line))
      .filter((line) => !isLearned(line));
  return {
    changes,
    async stop() {
      await sh(`kill $(cat ${place}/pid)`);
      return changes();
    },
  };
}

/** A flow that a `learn` action made has an idle timeout of its own; ours have none. */
function isLearned(line: string): boolean {
  return /\b(idle_timeout=|reason=idle)/.test(line.split(" actions=", 1)[0] ?? "");
}
