/** Prints the flows of a bridge with their packet counts: `node examples/dump-flows.ts SOCKET`. */
import { silentLogger } from "@antrea/base";
import { systemClock as clock } from "@antrea/base/io";
import { formatFlow } from "@antrea/openflow/flow";
import { connectSwitch } from "@antrea/openflow/io";

/** One line a flow, of the bridge whose management socket is at `path`. */
export async function dumpFlows(path: string, signal: AbortSignal): Promise<readonly string[]> {
  const bridge = await connectSwitch({ path, log: silentLogger, clock, signal });
  try {
    const flows = await bridge.dumpFlows({}, { signal });
    return flows.map(({ flow, packets }) => `${packets} packets: ${formatFlow(flow)}`);
  } finally {
    await bridge.close();
  }
}

if (import.meta.main) {
  const [, , path = "/var/run/openvswitch/br-int.mgmt"] = process.argv;
  for (const line of await dumpFlows(path, AbortSignal.timeout(10_000))) console.log(line);
}
