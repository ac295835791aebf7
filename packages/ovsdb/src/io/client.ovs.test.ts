import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { exponentialBackOff, type LogData, type Logger, silentLogger } from "@antrea/base";
import { systemClock } from "@antrea/base/io";
import { isOvsdbError } from "../errors.ts";
import type { ReplicaChange } from "../replica/replica.ts";
import { waitFor } from "../replica/wait-for.ts";
import { integer, string } from "../schema/atom.ts";
import { one } from "../schema/column.ts";
import {
  bridgeTable,
  bridgeTables,
  interfaceTable,
  openVSwitchTable,
  portTable,
} from "../schema/open-vswitch.ts";
import { defineTable } from "../schema/table.ts";
import { startRelay } from "../testing/relay.ts";
import { startOvs } from "../testing/start-ovs.ts";
import {
  anyRow,
  assertLock,
  comment,
  deleteKeys,
  insertInto,
  matching,
  mutate,
  select,
  update,
  wait,
} from "../transaction/operation.ts";
import { rowsOf } from "../transaction/result.ts";
import { type OvsdbClientOptions, ovsdbClient } from "./client.ts";

const run = promisify(execFile);

function recordingLogger() {
  const lines: { readonly sentence: string; readonly data: LogData }[] = [];
  const add = (sentence: string, data: LogData = {}): void => void lines.push({ sentence, data });
  const log: Logger = {
    error: add,
    warn: add,
    info: add,
    debug: add,
    trace: add,
    child: () => log,
  };
  return { log, lines };
}

async function startClient(path: string, more: Partial<OvsdbClientOptions> = {}) {
  const client = ovsdbClient({
    path,
    tables: bridgeTables,
    log: silentLogger,
    clock: systemClock,
    backOff: exponentialBackOff({ firstMs: 5, maxMs: 20, random: () => 0 }),
    ...more,
  });
  await client.start(AbortSignal.timeout(10_000));
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.stop() });
}

const soon = (): { readonly signal: AbortSignal } => ({ signal: AbortSignal.timeout(10_000) });

/** Resolves when the client's connection has become as said. */
function untilConnection(
  client: Awaited<ReturnType<typeof startClient>>,
  wanted: boolean,
): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (client.isConnected !== wanted) return;
      stop();
      resolve();
    };
    const stop = client.onConnection(look);
    look();
  });
}

const addBridge = (name: string): readonly string[] => ["add-br", name];

test("ovsdbClient() follows what ovs-vsctl does", async () => {
  await using ovs = await startOvs();
  await using client = await startClient(ovs.socket);
  await ovs.vsctl(
    ...addBridge("br0"),
    "--",
    "add-port",
    "br0",
    "p1",
    "tag=7",
    "--",
    "set",
    "bridge",
    "br0",
    "other_config:a=b",
  );

  const bridge = await waitFor(client.replica, (r) => r.findBy(bridgeTable, "name", "br0"), soon());
  const port = client.replica.findBy(portTable, "name", "p1");
  assert.deepEqual(bridge.other_config, new Map([["a", "b"]]));
  assert.equal(port?.tag, 7);
  assert.equal(bridge.ports.size, 2);
  assert.equal(bridge.uuid, (await ovs.vsctl("get", "bridge", "br0", "_uuid")).trim());

  await ovs.vsctl(
    "set",
    "bridge",
    "br0",
    "other_config:c=d",
    "--",
    "remove",
    "bridge",
    "br0",
    "other_config",
    "a",
    "--",
    "clear",
    "port",
    "p1",
    "tag",
    "--",
    "del-port",
    "p1",
  );
  await waitFor(
    client.replica,
    (r) => r.find(bridgeTable, bridge.uuid)?.other_config.get("c"),
    soon(),
  );
  assert.deepEqual(
    client.replica.find(bridgeTable, bridge.uuid)?.other_config,
    new Map([["c", "d"]]),
  );
  assert.equal(client.replica.findBy(portTable, "name", "p1"), undefined);
  assert.equal(client.replica.findBy(interfaceTable, "name", "p1"), undefined);
});

test("ovsdbClient() follows the server when bytes come one by one", async () => {
  await using ovs = await startOvs();
  await using relay = await startRelay({
    path: join(ovs.runDir, "relay"),
    to: ovs.socket,
    pieceSize: 1,
  });
  await using client = await startClient(relay.path);
  await ovs.vsctl(...addBridge("br0"), "--", "set", "bridge", "br0", "external_ids:name=ü}{");
  const bridge = await waitFor(client.replica, (r) => r.findBy(bridgeTable, "name", "br0"), soon());
  assert.equal(bridge.external_ids.get("name"), "ü}{");
});

test("transact() shows in the replica when it resolves, and ovs-vsctl reads what was written", async () => {
  await using ovs = await startOvs();
  await using client = await startClient(ovs.socket);
  await client.transact(
    [
      update(openVSwitchTable, anyRow, {
        external_ids: [
          ["a", "1"],
          ["b", 'say "2"'],
        ],
        ovs_version: "9.9",
      }),
      comment("a test"),
    ],
    soon(),
  );
  assert.equal(client.replica.findOnly(openVSwitchTable)?.external_ids.get("b"), 'say "2"');
  assert.equal(
    (await ovs.vsctl("get", "Open_vSwitch", ".", "external_ids:b")).trim(),
    '"say \\"2\\""',
  );
  assert.equal((await ovs.vsctl("get", "Open_vSwitch", ".", "ovs_version")).trim(), '"9.9"');
});

test("transact() gives counts, and rows of select", async () => {
  await using ovs = await startOvs();
  await using client = await startClient(ovs.socket);
  await ovs.vsctl(...addBridge("br0"), "--", ...addBridge("br1"));
  const [changed, selected] = await client.transact(
    [
      mutate(bridgeTable, anyRow, [insertInto(bridgeTable, "external_ids", [["k", "v"]])]),
      select(bridgeTable, matching(bridgeTable, { name: "br1" }), ["name", "external_ids"]),
    ],
    soon(),
  );
  assert.equal(changed?.count, 2);
  const rows = rowsOf(bridgeTable, selected);
  assert.deepEqual(
    rows.map((r) => [r.name, r.external_ids.get("k")]),
    [["br1", "v"]],
  );
});

test("transact() refused changes nothing and names the operation at fault", async () => {
  await using ovs = await startOvs();
  await using client = await startClient(ovs.socket);
  const operations = [
    update(openVSwitchTable, anyRow, { ovs_version: "changed" }),
    wait(openVSwitchTable, { where: anyRow, rows: [{ next_cfg: 99 }], until: "==", timeoutMs: 0 }),
  ];
  await assert.rejects(client.transact(operations, soon()), (error) => {
    assert.ok(isOvsdbError(error, "refused"));
    assert.deepEqual(error.problem, {
      code: "refused",
      error: "timed out",
      details: '"where" clause test failed',
      operation: 1,
    });
    return true;
  });
  assert.equal(client.replica.findOnly(openVSwitchTable)?.ovs_version, undefined);
});

test("transact() refused at commit names no operation", async () => {
  await using ovs = await startOvs();
  await using client = await startClient(ovs.socket);
  await ovs.vsctl(...addBridge("br0"));
  const taken = mutate(openVSwitchTable, anyRow, [["bridges", "insert", ["named-uuid", "again"]]]);
  const again = { op: "insert", table: "Bridge", row: { name: "br0" }, "uuid-name": "again" };
  await assert.rejects(client.transact([again, taken], soon()), (error) => {
    assert.ok(isOvsdbError(error, "refused"));
    assert.equal(error.problem.code === "refused" && error.problem.error, "constraint violation");
    assert.equal(error.problem.code === "refused" && error.problem.operation, undefined);
    return true;
  });
});

test("transact() that waits goes on when the database is as it wants, and is cancelled by its signal", async () => {
  await using ovs = await startOvs();
  await using client = await startClient(ovs.socket);
  const untilFive = wait(openVSwitchTable, {
    where: anyRow,
    rows: [{ next_cfg: 5 }],
    until: "==",
    timeoutMs: 60_000,
  });
  const after = (value: string) => [
    untilFive,
    update(openVSwitchTable, anyRow, { system_type: value }),
  ];

  const cancelled = new AbortController();
  const never = client.transact(after("never"), { signal: cancelled.signal });
  cancelled.abort(new Error("enough"));
  await assert.rejects(never, /enough/);

  const held = client.transact(after("held"), soon());
  await client.transact([update(openVSwitchTable, anyRow, { next_cfg: 5 })], soon());
  await held;
  assert.equal(client.replica.findOnly(openVSwitchTable)?.system_type, "held");
});

test("ovsdbClient() keeps its rows while the server is down, and then tells only what changed", async () => {
  await using ovs = await startOvs();
  await using client = await startClient(ovs.socket);
  await ovs.vsctl(...addBridge("br0"), "--", ...addBridge("br1"), "--", ...addBridge("br2"));
  await waitFor(client.replica, (r) => r.findBy(bridgeTable, "name", "br2"), soon());
  const changes: ReplicaChange[] = [];
  client.replica.onChange((change) => changes.push(change));

  await ovs.stopServer("SIGKILL");
  await untilConnection(client, false);
  assert.equal(client.replica.rows(bridgeTable).size, 3);
  const changed = {
    op: "update",
    table: "Bridge",
    where: [["name", "==", "br1"]],
    row: { fail_mode: "secure" },
  };
  await run("ovsdb-tool", [
    "transact",
    join(ovs.runDir, "conf.db"),
    JSON.stringify(["Open_vSwitch", changed]),
  ]);
  await ovs.startServer();
  await untilConnection(client, true);

  assert.equal(client.replica.findBy(bridgeTable, "name", "br1")?.fail_mode, "secure");
  const about = changes.flat().filter((c) => c.table === "Bridge");
  assert.deepEqual(
    about.map((c) => [c.before?.["name"], c.row?.["name"]]),
    [["br1", "br1"]],
  );
  assert.equal(changes.flat().filter((c) => c.row === undefined).length, 0);
});

test("ovsdbClient() resumes where it was, on a server that keeps a history", async () => {
  await using ovs = await startOvs({ isClustered: true });
  await using relay = await startRelay({ path: join(ovs.runDir, "relay"), to: ovs.socket });
  const { log, lines } = recordingLogger();
  await using client = await startClient(relay.path, { log });
  // of its history a server keeps no more than there is in the database
  const others = Array.from({ length: 10 }, (_, i) => ["--", ...addBridge(`other${i}`)]);
  await ovs.vsctl(...others.flat().slice(1));
  await ovs.vsctl(...addBridge("br0"));
  await waitFor(client.replica, (r) => r.findBy(bridgeTable, "name", "br0"), soon());

  relay.cut();
  await ovs.vsctl(...addBridge("br1"), "--", "set", "bridge", "br0", "fail_mode=secure");
  await waitFor(client.replica, (r) => r.findBy(bridgeTable, "name", "br1"), soon());

  assert.equal(client.replica.findBy(bridgeTable, "name", "br0")?.fail_mode, "secure");
  await client.transact([], soon()); // rows come before it is said
  const connected = lines.filter((l) => l.sentence === "Connected to OVSDB");
  assert.deepEqual(
    connected.map((l) => l.data["isResumed"]),
    [false, true],
  );
});

test("transact() under way when the connection is lost has an unknown outcome; one asked for later waits", async () => {
  await using ovs = await startOvs();
  await using client = await startClient(ovs.socket);
  const never = wait(openVSwitchTable, {
    where: anyRow,
    rows: [{ next_cfg: 9 }],
    until: "==",
    timeoutMs: 60_000,
  });
  const lost = client.transact([never], soon());
  lost.catch(() => {});
  await client.transact([], soon()); // so the first is with the server
  await ovs.stopServer("SIGKILL");
  await assert.rejects(
    lost,
    (error) =>
      isOvsdbError(error, "disconnected") &&
      error.problem.code === "disconnected" &&
      error.problem.isSent,
  );

  const later = client.transact(
    [update(openVSwitchTable, anyRow, { system_type: "later" })],
    soon(),
  );
  await ovs.startServer();
  await later;
  assert.equal((await ovs.vsctl("get", "Open_vSwitch", ".", "system_type")).trim(), "later");
});

test("ovsdbClient().start() waits for a server that is yet to come, and ends with its signal", async () => {
  await using ovs = await startOvs();
  await ovs.stopServer();
  const starting = startClient(ovs.socket);
  await ovs.startServer();
  await using client = await starting;
  assert.equal(client.isConnected, true);

  const alone = ovsdbClient({
    path: join(ovs.runDir, "nobody"),
    tables: [],
    log: silentLogger,
    clock: systemClock,
    backOff: exponentialBackOff({ firstMs: 5, maxMs: 5, random: () => 0 }),
  });
  const stop = new AbortController();
  const start = alone.start(stop.signal);
  stop.abort(new Error("enough"));
  await assert.rejects(start, /enough/);
  await alone.stop();
  await alone.stop();
});

test("ovsdbClient() gives up a server that is silent, and comes back", async () => {
  await using ovs = await startOvs();
  await using relay = await startRelay({ path: join(ovs.runDir, "relay"), to: ovs.socket });
  await using client = await startClient(relay.path, { probeMs: 40 });
  relay.hold(true);
  await untilConnection(client, false);
  relay.hold(false);
  await untilConnection(client, true);
  assert.ok(relay.accepted >= 2);
});

test("ovsdbClient() comes back when the database was converted under it", async () => {
  await using ovs = await startOvs();
  await using client = await startClient(ovs.socket);
  await ovs.vsctl(...addBridge("br0"));
  const lost = untilConnection(client, false);
  await ovs.ovsdbClient("convert", "/usr/share/openvswitch/vswitch.ovsschema");
  await lost;
  await untilConnection(client, true);
  assert.equal(client.replica.rows(bridgeTable).size, 1);
});

test("lock() is held by one client at a time, guards transactions, and is asked for again after a loss", async () => {
  await using ovs = await startOvs();
  await using relay = await startRelay({ path: join(ovs.runDir, "relay"), to: ovs.socket });
  await using first = await startClient(relay.path);
  await using second = await startClient(ovs.socket);
  const held = (lock: ReturnType<typeof first.lock>, wanted: boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (lock.isHeld === wanted) resolve();
      };
      lock.onChange(look);
      look();
    });

  const mine = first.lock("antrea");
  await held(mine, true);
  const theirs = second.lock("antrea");
  await assert.rejects(second.transact([assertLock("antrea")], soon()), /not owner/);
  assert.equal(theirs.isHeld, false);
  await first.transact([assertLock("antrea")], soon());

  relay.cut();
  await held(mine, false);
  await held(theirs, true);
  await untilConnection(first, true);
  theirs.release();
  assert.equal(theirs.isHeld, false);
  await held(mine, true);
});

test("setCondition() narrows and widens what the replica holds", async () => {
  await using ovs = await startOvs();
  await ovs.vsctl(...addBridge("br0"), "--", ...addBridge("br1"));
  const only = (name: string) => matching(bridgeTable, { name });
  await using client = await startClient(ovs.socket, {
    conditions: new Map([["Bridge", only("br0")]]),
  });
  const names = (): readonly string[] =>
    [...client.replica.rows(bridgeTable).values()]
      .map((b) => b.name)
      .sort((a, b) => a.localeCompare(b));
  assert.deepEqual(names(), ["br0"]);

  await client.setCondition(bridgeTable, [...only("br0"), ...only("br1")], soon());
  await waitFor(client.replica, (r) => r.findBy(bridgeTable, "name", "br1"), soon());
  await client.setCondition(bridgeTable, only("br1"), soon());
  await waitFor(client.replica, () => (names().length === 1 ? true : undefined), soon());
  assert.deepEqual(names(), ["br1"]);

  await ovs.stopServer("SIGKILL");
  await ovs.startServer();
  await ovs.vsctl(...addBridge("br2"));
  await client.transact([], soon());
  assert.deepEqual(names(), ["br1"]);
});

test("ovsdbClient() monitors what it can of a schema that lacks a column, and says so", async () => {
  await using ovs = await startOvs();
  const { log, lines } = recordingLogger();
  const future = defineTable(
    "Bridge",
    { name: one(string), colour: one(integer) },
    { indexes: ["name"] },
  );
  await using client = await startClient(ovs.socket, { tables: [future], log });
  await ovs.vsctl(...addBridge("br0"));
  const row = await waitFor(client.replica, (r) => r.findBy(future, "name", "br0"), soon());
  assert.equal(row.colour, 0);
  assert.ok(lines.some((l) => String(l.data["err"]).includes("no column Bridge.colour")));
});

test("mutate() with deleteKeys() takes keys out of a map whatever their values", async () => {
  await using ovs = await startOvs();
  await using client = await startClient(ovs.socket);
  await client.transact(
    [
      update(openVSwitchTable, anyRow, {
        external_ids: [
          ["a", "1"],
          ["b", "2"],
        ],
      }),
    ],
    soon(),
  );
  await client.transact(
    [mutate(openVSwitchTable, anyRow, [deleteKeys("external_ids", ["a", "x"])])],
    soon(),
  );
  assert.deepEqual(client.replica.findOnly(openVSwitchTable)?.external_ids, new Map([["b", "2"]]));
});
