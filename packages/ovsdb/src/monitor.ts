/** The one monitor of a client: what it asks for, and how it goes on after the connection was lost. */
import { OvsdbError } from "./errors.ts";
import { excerpt, isObject, type Json } from "./json.ts";
import { type Replica, replicaWriter } from "./replica/replica.ts";
import { parseTableUpdates } from "./replica/table-updates.ts";
import type { Table } from "./schema/table.ts";
import type { Condition } from "./transaction/operation.ts";

export interface Monitor {
  readonly replica: Replica;
  /** Parameters of `monitor_cond_since` (ovsdb-server(7) section 4.1.15), for a server with this schema. */
  request(schema: unknown): readonly Json[];
  /** Reads the reply to it. Throws `OvsdbError`. */
  begin(reply: unknown): { readonly isResumed: boolean };
  /** Takes an `update3`. Throws `OvsdbError` if it does not fit: begin anew. */
  update(params: readonly unknown[]): void;
  /** Parameters of `monitor_cond_change` for rows of `table` that meet any of the clauses. */
  changeCondition(table: Table, where: readonly Condition[]): readonly Json[];
  /** The server has confirmed the last change of conditions. */
  conditionChanged(): void;
}

export interface MonitorOptions {
  readonly database: string;
  readonly tables: readonly Table[];
  /** Tables not named are monitored whole. Rows that meet any one clause are seen. */
  readonly conditions?: ReadonlyMap<string, readonly Condition[]>;
  readonly onProblem: (reason: string) => void;
}

/** Names our monitor to the server; there is one a connection. */
const monitorId = "replica";
const neverSynchronised = "00000000-0000-0000-0000-000000000000";

export function monitor({
  database,
  tables,
  conditions = new Map(),
  onProblem,
}: MonitorOptions): Monitor {
  const writer = replicaWriter({ tables, onProblem });
  const where = new Map(conditions);
  let lastTransaction = neverSynchronised;
  let unconfirmed = 0; // changes of condition: until they are confirmed, what we hold is of no one condition

  return {
    replica: writer.replica,
    request(schema) {
      const since = unconfirmed === 0 ? lastTransaction : neverSynchronised;
      unconfirmed = 0;
      const wanted = tables.map((table) => [
        table.name,
        [{ columns: knownColumns(table, schema, onProblem), ...whereOf(where.get(table.name)) }],
      ]);
      return [database, monitorId, Object.fromEntries(wanted) as Json, since];
    },
    begin(reply) {
      if (!Array.isArray(reply) || reply.length !== 3 || typeof reply[1] !== "string")
        throw badReply(excerpt(reply));
      const updates = parseTableUpdates(reply[2], onProblem);
      const isResumed = reply[0] === true;
      if (!isResumed) writer.replace(updates);
      else if (!writer.apply(updates)) throw outOfStep();
      lastTransaction = reply[1];
      return { isResumed };
    },
    update(params) {
      const [id, transaction, json] = params;
      if (id !== monitorId || typeof transaction !== "string")
        return onProblem(`update3 of ${excerpt(id)}`);
      if (!writer.apply(parseTableUpdates(json, onProblem))) throw outOfStep();
      lastTransaction = transaction;
    },
    changeCondition(table, clauses) {
      where.set(table.name, clauses);
      unconfirmed++;
      return [monitorId, monitorId, { [table.name]: [{ where: clauses }] }];
    },
    conditionChanged: () => void (unconfirmed = Math.max(0, unconfirmed - 1)),
  };

  function outOfStep(): OvsdbError {
    lastTransaction = neverSynchronised;
    return badReply("an update for a row that we do not have");
  }
}

function whereOf(conditions: readonly Condition[] | undefined): {
  readonly where?: readonly Condition[];
} {
  return conditions ? { where: conditions } : {};
}

/** The table's columns, without those that this server's schema lacks: they stay empty. */
function knownColumns(
  table: Table,
  schema: unknown,
  onProblem: (reason: string) => void,
): readonly string[] {
  const known = columnsOf(schema, table.name);
  if (!known) throw badReply(`the database has no table ${table.name}`);
  return Object.keys(table.columns).filter((name) => {
    if (name in known) return true;
    onProblem(`the database has no column ${table.name}.${name}`);
    return false;
  });
}

function columnsOf(schema: unknown, table: string): Readonly<Record<string, unknown>> | undefined {
  const tables = isObject(schema) ? schema["tables"] : undefined;
  const found = isObject(tables) ? tables[table] : undefined;
  const columns = isObject(found) ? found["columns"] : undefined;
  return isObject(columns) ? columns : undefined;
}

function badReply(reason: string): OvsdbError {
  return new OvsdbError({ code: "bad-reply", method: "monitor_cond_since", reason });
}
