import type { IpFamily } from "@antrea/net";
import { ctZones, notedConnection, tables } from "@antrea/pipeline";
import type { SwitchConnection } from "../bridge/switch-link.ts";
import { type LiveConnection, readConnection } from "./live-connection.ts";

export interface LiveConnectionsDeps {
  /** What `dpctl/dump-conntrack` prints of a zone. */
  readonly dumpZone: (zone: number, options: Wait) => Promise<string>;
  readonly session: {
    connection(options: Wait): Promise<Pick<SwitchConnection, "dumpCounted">>;
  };
  readonly families: () => readonly IpFamily[];
}

type Wait = { readonly signal: AbortSignal };

const sctp = 132;

/**
 * All connections that the switch lets pass unasked. Those of SCTP are told by the notes of their answers:
 * conntrack knows them without ports.
 */
export async function* liveConnections(
  { dumpZone, session, families }: LiveConnectionsDeps,
  options: Wait,
): AsyncGenerator<LiveConnection> {
  for (const family of families()) {
    const text = await dumpZone(ctZones[family], options);
    for (const line of linesOf(text)) {
      const connection = readConnection(line);
      if (connection && connection.protocol !== sctp) yield connection;
    }
  }
  const { dumpCounted } = await session.connection(options);
  const notes = await dumpCounted({ table: tables.SctpReplies.id, ...options });
  for (const { flow } of notes) {
    const connection = notedConnection(flow);
    if (connection) yield connection;
  }
}

/** One by one: there may be as many megabytes of them as there are ten thousands. */
function* linesOf(text: string): Generator<string> {
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf("\n", from);
    yield text.slice(from, end < 0 ? text.length : end);
    from = end < 0 ? text.length : end + 1;
  }
}
