import { formatGroup } from "@antrea/openflow/flow";
import { type ConnectOptions, connectSwitch } from "@antrea/openflow/io";
import type { SwitchConnection } from "../switch-link.ts";

/** Opens an OpenFlow connection to the bridge, in the shape that the rest of the agent uses. */
export async function openSwitch(options: ConnectOptions): Promise<SwitchConnection> {
  const connection = await connectSwitch(options);
  return {
    dumpFlows: async ({ signal }) =>
      (await connection.dumpFlows({}, { signal })).map(({ flow }) => flow),
    dumpCounted: async ({ signal }) =>
      (await connection.dumpFlows({}, { signal })).map(({ flow, packets, bytes }) => ({
        flow,
        packets: Number(packets),
        bytes: Number(bytes),
      })),
    countFlows: async ({ signal }) =>
      new Map(
        (await connection.tableStats({ signal }))
          .filter(({ active }) => active > 0)
          .map(({ table, active }) => [table, active]),
      ),
    countMeterDrops: async ({ signal }) =>
      new Map(
        (await connection.meterStats({ signal })).map(({ meter, bands }) => [
          meter,
          bands.reduce((sum, { packets }) => sum + Number(packets), 0),
        ]),
      ),
    dumpGroups: async ({ signal }) =>
      (await connection.dumpGroups({ signal })).map((group) => formatGroup(group)),
    applyFlows: (flows) => connection.apply({ flows }),
    closed: connection.closed.then((error) => error.message),
    close: () => void connection.close(),
  };
}
