import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { rootLogger, systemClock } from "@antrea/base/io";
import { layoutOf, type RunOptions } from "../options.ts";
import { readStatus } from "./read-status.ts";
import { runOvs } from "./run-ovs.ts";

const run = promisify(execFile);
const main = fileURLToPath(new URL("../../ovs-main.ts", import.meta.url));

/** A folder with everything of one Open vSwitch, and what a test does with it. */
function machine(more: Partial<RunOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "antrea-ovs-test-"));
  const options: RunOptions = {
    runDir: join(folder, "run"),
    database: join(folder, "data/conf.db"),
    schema: "/usr/share/openvswitch/vswitch.ovsschema",
    logDir: join(folder, "log"),
    logMaxSize: 100,
    logMaxFiles: 4,
    logLevel: "info",
    hostname: "node-1",
    systemId: undefined,
    receiveBuffer: 2048,
    sendBuffer: 32 * 1024,
    otherConfig: [],
    mlockall: false,
    enableDummy: true,
    stopTimeout: 2_000,
    ...more,
  };
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const stops: (() => Promise<void>)[] = [];
  const log = rootLogger("test", "debug", (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  const pid = (daemon: string): number =>
    Number(readFileSync(join(options.runDir, `${daemon}.pid`), "utf8"));
  const vsctl = async (...args: readonly string[]): Promise<string> =>
    (
      await run("ovs-vsctl", [`--db=unix:${layoutOf(options).socket}`, "--no-wait", ...args])
    ).stdout.trim();

  /** Resolves when `count` lines have said `sentence`. */
  const said = (sentence: string, count = 1): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (lines.filter((l) => l.includes(`"msg":"${sentence}"`)).length < count) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });

  return {
    folder,
    options,
    lines,
    said,
    pid,
    vsctl,
    /** Runs until the function given back is called; that resolves when all has ended. */
    async start(
      changed: Partial<RunOptions> = {},
    ): Promise<{ readonly stop: () => Promise<void>; readonly ended: Promise<void> }> {
      const controller = new AbortController();
      const before = lines.filter((l) => l.includes("Open vSwitch is ready")).length;
      const running = runOvs({
        options: { ...options, ...changed },
        log,
        clock: systemClock,
        signal: controller.signal,
      });
      const stop = (): Promise<void> => {
        controller.abort();
        return running;
      };
      stops.push(stop);
      await Promise.race([said("Open vSwitch is ready", before + 1), running]);
      return { stop, ended: running };
    },
    async [Symbol.asyncDispose]() {
      for (const stop of stops) await stop().catch(() => {});
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Whether a process runs; one that only waits for its parent to notice its end does not. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

test("runOvs() makes folders and database, writes the settings, and leaves no process or socket", async () => {
  await using m = machine({ systemId: "id-1", otherConfig: [["max-idle", "20000"]] });
  const { stop } = await m.start();
  const pids = [m.pid("ovsdb-server"), m.pid("ovs-vswitchd")];

  assert.equal(
    await m.vsctl("get", "Open_vSwitch", ".", "external_ids"),
    '{antrea-started-with="", hostname=node-1, system-id=id-1}',
  );
  assert.equal(await m.vsctl("get", "Open_vSwitch", ".", "other_config"), '{max-idle="20000"}');
  assert.equal(await m.vsctl("get", "Open_vSwitch", ".", "db_version"), '"8.3.1"');
  assert.match(m.lines.join(""), /datapath types on offer: (system, )?netdev/);

  await stop();
  assert.deepEqual(pids.map(isAlive), [false, false]);
  assert.deepEqual(readdirSync(m.options.runDir), []);
  assert.ok(existsSync(join(m.options.logDir, "ovs-vswitchd.log")));
});

test("runOvs() keeps the identity of the Node", async () => {
  await using m = machine();
  const { stop } = await m.start();
  const first = await m.vsctl("get", "Open_vSwitch", ".", "external_ids:system-id");
  await stop();

  await m.start();
  assert.equal(await m.vsctl("get", "Open_vSwitch", ".", "external_ids:system-id"), first);
});

test("runOvs() has the kernel's flows kept over a start, where a bridge has any", async () => {
  await using m = machine();
  const { stop } = await m.start();
  const config = () => m.vsctl("get", "Open_vSwitch", ".", "other_config");
  assert.equal(await config(), "{}", "there is no bridge");
  await m.vsctl("add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=system");
  await stop();

  const second = await m.start();
  assert.equal(await config(), '{flow-restore-wait="true"}');
  await m.vsctl("set", "bridge", "br0", "datapath_type=dummy");
  await second.stop();

  await m.start();
  assert.equal(await config(), "{}", "the bridge has left the kernel");
});

test("runOvs() starts ovs-vswitchd anew when a setting changes that it reads at its start only", async () => {
  await using m = machine();
  await m.start();
  await m.vsctl("add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=dummy");
  const before = { server: m.pid("ovsdb-server"), vswitchd: m.pid("ovs-vswitchd") };
  const startedWith = () => m.vsctl("get", "Open_vSwitch", ".", "external_ids:antrea-started-with");
  assert.equal(await startedWith(), '""');

  for (let count = 1; count <= 7; count++) {
    // more often than a daemon may die
    const value = count % 2 === 1;
    const userspaceTso = `other_config:userspace-tso-enable=${value}`;
    await m.vsctl("set", "Open_vSwitch", ".", userspaceTso, `other_config:max-idle=${count}`);
    await m.said("A daemon runs again", count);
    assert.equal(await startedWith(), `"userspace-tso-enable=${value}"`);
  }
  assert.equal(m.pid("ovsdb-server"), before.server);
  assert.notEqual(m.pid("ovs-vswitchd"), before.vswitchd);
  assert.equal(await m.vsctl("list-br"), "br0");

  const settled = m.pid("ovs-vswitchd");
  await m.vsctl("set", "Open_vSwitch", ".", "other_config:max-idle=99");
  await m.vsctl("set", "Open_vSwitch", ".", "other_config:userspace-tso-enable=true");
  await m.said("A daemon runs again");
  assert.equal(m.pid("ovs-vswitchd"), settled);
});

test("runOvs() starts ovs-vswitchd again after kill -9, with its bridges", async () => {
  await using m = machine();
  await m.start();
  await m.vsctl("add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=dummy");
  const before = { server: m.pid("ovsdb-server"), vswitchd: m.pid("ovs-vswitchd") };

  process.kill(before.vswitchd, "SIGKILL");
  await m.said("A daemon runs again");

  assert.equal(m.pid("ovsdb-server"), before.server);
  assert.notEqual(m.pid("ovs-vswitchd"), before.vswitchd);
  const { stdout } = await run("ovs-appctl", [
    "-t",
    join(m.options.runDir, `ovs-vswitchd.${m.pid("ovs-vswitchd")}.ctl`),
    "ofproto/list",
  ]);
  assert.equal(stdout.trim(), "br0");
});

test("runOvs() starts ovsdb-server again after kill -9, while ovs-vswitchd goes on", async () => {
  await using m = machine();
  await m.start();
  await m.vsctl("add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=dummy");
  const before = { server: m.pid("ovsdb-server"), vswitchd: m.pid("ovs-vswitchd") };

  process.kill(before.server, "SIGKILL");
  await m.said("A daemon runs again");

  assert.notEqual(m.pid("ovsdb-server"), before.server);
  assert.equal(m.pid("ovs-vswitchd"), before.vswitchd);
  assert.equal(await m.vsctl("list-br"), "br0");
});

test("runOvs() ends with a sentence, and ends the rest, when a daemon cannot be kept running", async () => {
  await using m = machine();
  const { ended } = await m.start();
  const server = m.pid("ovsdb-server");

  for (let death = 1; death <= 6; death++) {
    process.kill(m.pid("ovs-vswitchd"), "SIGKILL");
    if (death <= 5) await m.said("A daemon runs again", death);
  }

  await assert.rejects(ended, /ovs-vswitchd cannot be kept running: it died 6 times within 60 s/);
  assert.equal(isAlive(server), false);
});

test("runOvs() takes over from a supervisor that was killed, and keeps the database", async () => {
  await using m = machine();
  const killed = await supervisorOf(m.options);
  await m.vsctl("add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=dummy");
  const orphans = [m.pid("ovsdb-server"), m.pid("ovs-vswitchd")];
  killed.kill("SIGKILL");
  await once(killed, "close");
  assert.deepEqual(orphans.map(isAlive), [true, true]);

  await m.start();
  assert.deepEqual(orphans.map(isAlive), [false, false]);
  assert.equal(await m.vsctl("list-br"), "br0");
});

test("runOvs() is not held up by stale pid files and sockets", async () => {
  await using m = machine();
  await (await m.start()).stop();
  for (const name of ["ovsdb-server.pid", "ovs-vswitchd.pid"])
    writeFileSync(join(m.options.runDir, name), `${process.pid}\n`); // alive, but no daemon
  writeFileSync(join(m.options.runDir, `ovs-vswitchd.${process.pid}.ctl`), "");
  writeFileSync(join(m.options.runDir, "db.sock"), "");

  await (await m.start()).stop();
  assert.deepEqual(readdirSync(m.options.runDir), []);
});

test("runOvs() converts the database of an older Open vSwitch, and keeps a copy", async () => {
  await using m = machine();
  await (await m.start()).stop(); // makes the folders
  const old = JSON.parse(readFileSync(m.options.schema, "utf8")) as {
    version: string;
    cksum?: string;
    tables: Record<string, { columns: Record<string, unknown> }>;
  };
  old.version = "8.2.0";
  delete old.cksum;
  delete old.tables["Open_vSwitch"]?.columns["datapaths"];
  const oldSchema = join(m.folder, "old.ovsschema");
  writeFileSync(oldSchema, JSON.stringify(old));
  rmSync(m.options.database);
  await run("ovsdb-tool", ["create", m.options.database, oldSchema]);
  const row = {
    op: "insert",
    table: "Open_vSwitch",
    row: { external_ids: ["map", [["system-id", "kept"]]] },
  };
  await run("ovsdb-tool", ["transact", m.options.database, JSON.stringify(["Open_vSwitch", row])]);

  await m.start();
  assert.equal(await m.vsctl("get", "Open_vSwitch", ".", "external_ids:system-id"), "kept");
  assert.equal(await m.vsctl("get", "Open_vSwitch", ".", "datapaths"), "{}");
  assert.ok(existsSync(`${m.options.database}.8.2.0`));
});

test("runOvs() puts a database aside that nobody can read, and says so", async () => {
  await using m = machine();
  await (await m.start()).stop();
  writeFileSync(m.options.database, "this is no database\n");

  await (await m.start()).stop();
  assert.equal(readFileSync(`${m.options.database}.unreadable`, "utf8"), "this is no database\n");
  assert.match(m.lines.join(""), /"level":"error".*The database was unreadable/);
});

test("antrea-ovs run ends with code 0 soon after SIGTERM, and status says who answers", async () => {
  await using m = machine();
  const running = await supervisorOf(m.options);
  const { runDir } = m.options;
  const up = await readStatus(runDir, AbortSignal.timeout(5_000));

  const sentAt = performance.now();
  running.kill("SIGTERM");
  const [code] = (await once(running, "close")) as [number];
  const down = await readStatus(runDir, AbortSignal.timeout(5_000));

  assert.equal(code, 0);
  assert.ok(performance.now() - sentAt < 5_000);
  assert.deepEqual(
    up.map((s) => s.isAnswering),
    [true, true],
  );
  assert.deepEqual(
    down.map((s) => s.isAnswering),
    [false, false],
  );
});

/** A supervisor that is a process of its own, once Open vSwitch is ready. */
async function supervisorOf({ runDir, database, logDir }: RunOptions) {
  const places = ["--run-dir", runDir, "--database", database, "--log-dir", logDir];
  const child = spawn(process.execPath, [main, "run", ...places, "--enable-dummy"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  await untilOutput(child.stderr, "Open vSwitch is ready");
  return child;
}

async function untilOutput(stream: Readable, text: string): Promise<void> {
  let seen = "";
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    seen += String(chunk);
    if (seen.includes(text)) {
      stream.resume();
      return;
    }
  }
  throw new Error(`The program ended without saying "${text}": ${seen}`);
}
