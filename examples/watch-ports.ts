/** Prints the ports of Open vSwitch, and then each that comes and goes, until Ctrl-C: `node examples/watch-ports.ts SOCKET`. */
import { once } from "node:events";
import { exponentialBackOff, silentLogger } from "@antrea/base";
import { systemClock as clock } from "@antrea/base/io";
import { bridgeTables, portTable, type Replica } from "@antrea/ovsdb";
import { ovsdbClient } from "@antrea/ovsdb/io";

/** Calls back with a line for each port that is there, and for each that comes or goes later. */
export function watchPorts(replica: Replica, write: (line: string) => void): () => void {
  for (const port of replica.rows(portTable).values()) write(`+ ${port.name}`);
  return replica.onChange((changes) => {
    for (const { table, before, row } of changes) {
      if (table !== portTable.name) continue;
      if (!before && row) write(`+ ${String(row["name"])}`);
      if (before && !row) write(`- ${String(before["name"])}`);
    }
  });
}

if (import.meta.main) {
  const [, , path = "/var/run/openvswitch/db.sock"] = process.argv;
  const backOff = exponentialBackOff({ firstMs: 100, maxMs: 5_000, random: Math.random });
  const client = ovsdbClient({ path, tables: bridgeTables, log: silentLogger, clock, backOff });
  await client.start(AbortSignal.timeout(10_000));
  const stop = watchPorts(client.replica, console.log);
  await once(process, "SIGINT");
  stop();
  await client.stop();
}
