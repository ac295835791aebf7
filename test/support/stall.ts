import type { Lab } from "@antrea/lab";
import { inOpenVSwitch } from "./cluster.ts";

/** It stands still for a second at a time, and goes on for 0.1 s in between: as on a machine that is busy with other work. */
const script = `
  touch /tmp/stalls
  pid=$(cat /var/run/openvswitch/ovs-vswitchd.pid)
  trap 'kill -CONT $pid' EXIT
  echo stalling
  for times in $(seq 200); do
    [ -e /tmp/stalls ] || exit 0
    kill -STOP $pid; sleep 1; kill -CONT $pid; sleep 0.1
  done`;

/** Makes a Node's ovs-vswitchd stand still again and again, for four minutes at most. */
export async function stallOpenVSwitch(lab: Lab, node: string): Promise<AsyncDisposable> {
  const ended = inOpenVSwitch(lab, node, ["sh", "-c", script]);
  ended.catch(() => {}); // told when it is ended
  return {
    async [Symbol.asyncDispose]() {
      await inOpenVSwitch(lab, node, ["rm", "-f", "/tmp/stalls"]);
      await ended;
    },
  };
}
