import { diffMeters, formatGroup } from "@antrea/openflow/flow";
import { type ConnectOptions, connectSwitch } from "@antrea/openflow/io";
import { switchMeters } from "@antrea/pipeline";
import type { FlowNews } from "../flow-news.ts";
import { forgetting } from "../pod-connections.ts";
import type { SwitchConnection } from "../switch-link.ts";

export interface OpenSwitchOptions extends ConnectOptions {
  /** Told of what others do to the flows. */
  readonly news: FlowNews;
}

/** Opens an OpenFlow connection to the bridge, in the shape that the rest of the agent uses. */
export async function openSwitch({
  news,
  ...options
}: OpenSwitchOptions): Promise<SwitchConnection> {
  const connection = await connectSwitch(options);
  const { signal } = options;
  const meters = (await connection.dumpMeters({ signal })).filter(({ id }) =>
    switchMeters.some((own) => own.id === id),
  );
  await connection.apply({ meters: diffMeters(meters, switchMeters) }, { signal });
  const telling = connection.monitorFlows(news.heard, {
    flags: ["add", "removed", "modify"],
    signal,
  });
  news.connected(
    await telling.then(
      () => true,
      () => false,
    ),
  );
  return {
    dumpFlows: async ({ signal }) =>
      (await connection.dumpFlows({}, { signal })).map(({ flow }) => flow),
    dumpCounted: async ({ table, signal }) =>
      (await connection.dumpFlows(table === undefined ? {} : { table }, { signal })).map(
        ({ flow, packets, bytes }) => ({
          flow,
          packets: Number(packets),
          bytes: Number(bytes),
        }),
      ),
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
    forgetConnections: (addresses, { signal }) =>
      connection.sendAll(addresses.flatMap(forgetting), { signal }),
    sendAll: connection.sendAll,
    packetOut: connection.packetOut,
    onPacketIn: connection.onPacketIn,
    applyFlows: (flows) => connection.apply({ flows }),
    closed: connection.closed.then((error) => error.message),
    close: () => void connection.close(),
  };
}
