import { type BackOff, type Clock, type Logger, type Service, taskGroup } from "@antrea/base";
import { OvsdbError } from "../errors.ts";
import { type Monitor, monitor } from "../monitor.ts";
import type { Replica } from "../replica/replica.ts";
import { openVSwitchDatabase } from "../schema/open-vswitch.ts";
import type { Table } from "../schema/table.ts";
import type { Condition, Operation } from "../transaction/operation.ts";
import { decodeResults, type OperationResult } from "../transaction/result.ts";
import { type Connection, openConnection } from "./connection.ts";
import { gate } from "./gate.ts";
import { keepConnected } from "./keep-connected.ts";
import { type Lock, type LockTable, lockTable } from "./locks.ts";

/**
 * A client of one database. It keeps a replica of the tables asked for, and comes back by itself when the
 * connection is lost; meanwhile the replica keeps what it had, and transactions wait.
 */
export interface OvsdbClient extends Service {
  readonly replica: Replica;
  /** True while the replica follows the database. */
  readonly isConnected: boolean;
  /** Calls back with each change of `isConnected`; returns how to stop that. */
  onConnection(listener: (isConnected: boolean) => void): () => void;
  /**
   * Runs the operations as one transaction: all take effect or none does. When it resolves, the replica
   * shows what it did. Throws `OvsdbError`: "refused" changed nothing, "disconnected" may have.
   * The signal also cancels it at the server, where it may wait.
   */
  transact(operations: readonly Operation[], options: Wait): Promise<readonly OperationResult[]>;
  /** Asks for a database lock (RFC 7047 section 4.1.8) and keeps asking over reconnections, until released. */
  lock(name: string): Lock;
  /** Monitors only the rows of `table` that meet one of the clauses; resolves when the server has agreed. */
  setCondition(table: Table, clauses: readonly Condition[], options: Wait): Promise<void>;
}

export interface Wait {
  readonly signal: AbortSignal;
}

export interface OvsdbClientOptions {
  /** Of the server's Unix socket, as /var/run/openvswitch/db.sock. */
  readonly path: string;
  readonly tables: readonly Table[];
  readonly log: Logger;
  readonly clock: Clock;
  readonly backOff: BackOff;
  readonly database?: string;
  /** Clauses by table name; tables not named are monitored whole. */
  readonly conditions?: ReadonlyMap<string, readonly Condition[]>;
  /** How long the server may be silent before it is probed, and then again before it is given up. */
  readonly probeMs?: number;
}

export function ovsdbClient(options: OvsdbClientOptions): OvsdbClient {
  const { path, tables, clock, backOff, database = openVSwitchDatabase, probeMs = 5_000 } = options;
  const log = options.log.child("ovsdb");
  const tasks = taskGroup();
  const onProblem = (reason: string): void =>
    log.warn("Skipped a malformed value", { err: reason });
  const mirror = monitor({
    database,
    tables,
    onProblem,
    ...(options.conditions ? { conditions: options.conditions } : {}),
  });
  const locks = lockTable();
  const door = gate();
  const connected = ({ signal }: Wait): Promise<Connection> =>
    door.pass(AbortSignal.any([signal, tasks.signal]));

  async function serve(signal: AbortSignal, onReady: () => void): Promise<string> {
    const connection: Connection = await openConnection({
      path,
      clock,
      log,
      probeMs,
      signal,
      onNotification: (method, params) =>
        handleNotification(method, params, {
          mirror,
          locks,
          close: (why) => connection.close(why),
        }),
    });
    const abort = (): void => connection.close("Stopped");
    signal.addEventListener("abort", abort, { once: true });
    try {
      const { isResumed } = await synchronise(connection, mirror, database, signal);
      locks.attach(connection);
      log.info("Connected to OVSDB", { path, isResumed });
      door.open(connection);
      onReady();
      return await connection.closed;
    } finally {
      signal.removeEventListener("abort", abort);
      connection.close("Could not synchronise");
      locks.detach();
      door.shut();
    }
  }

  return {
    name: "ovsdb",
    replica: mirror.replica,
    get isConnected() {
      return door.isOpen;
    },
    onConnection: door.onChange,
    async start(signal) {
      tasks.run("ovsdb connection", (running) =>
        keepConnected({ path, clock, backOff, log, serve }, running),
      );
      await connected({ signal });
    },
    stop: () => tasks.close(),
    async transact(operations, { signal }) {
      const connection = await connected({ signal });
      return connection.request(
        "transact",
        [database, ...operations],
        (reply) => decodeResults(reply, operations.length),
        { signal, onAbandon: (id, notify) => notify("cancel", [id]) },
      );
    },
    lock: (name) => locks.add(name, door.connection),
    async setCondition(table, clauses, { signal }) {
      const params = mirror.changeCondition(table, clauses);
      const connection = await connected({ signal });
      await connection.request("monitor_cond_change", params, mirror.conditionChanged, { signal });
    },
  };
}

/** Reads the schema, then everything that we monitor, or what changed since the last connection. */
async function synchronise(
  connection: Connection,
  mirror: Monitor,
  database: string,
  signal: AbortSignal,
): Promise<{ readonly isResumed: boolean }> {
  const schema = await connection.request("get_schema", [database], (result) => result, { signal });
  return connection.request("monitor_cond_since", mirror.request(schema), mirror.begin, { signal });
}

interface Receivers {
  readonly mirror: Monitor;
  readonly locks: LockTable;
  close(reason: string): void;
}

function handleNotification(
  method: string,
  params: readonly unknown[],
  { mirror, locks, close }: Receivers,
): void {
  switch (method) {
    case "update3":
      try {
        mirror.update(params);
      } catch (error) {
        if (!(error instanceof OvsdbError)) throw error;
        close(error.message);
      }
      break;
    case "monitor_canceled":
      close("The database was removed or converted");
      break;
    case "locked":
    case "stolen":
      locks.handle(method, params);
      break;
    default: // a newer server's; nothing that we asked for
  }
}
