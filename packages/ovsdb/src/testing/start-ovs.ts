import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const openVSwitchSchema = "/usr/share/openvswitch/vswitch.ovsschema";

/** A real ovsdb-server, and if asked a real ovs-vswitchd with dummy datapaths, in a folder of their own. */
export interface TestOvs extends AsyncDisposable {
  readonly runDir: string;
  readonly socket: string;
  /** Runs ovs-vsctl without waiting for ovs-vswitchd unless told to; gives what it prints. */
  vsctl(...args: readonly string[]): Promise<string>;
  /** Runs ovsdb-client with the database's socket as first argument of `command`. */
  ovsdbClient(command: string, ...args: readonly string[]): Promise<string>;
  startServer(): Promise<void>;
  stopServer(how?: NodeJS.Signals): Promise<void>;
  startSwitch(): Promise<void>;
  stopSwitch(how?: NodeJS.Signals): Promise<void>;
}

export interface TestOvsOptions {
  readonly hasSwitch?: boolean;
  /** Keeps the database in a raft cluster of one, in which monitors can be resumed. */
  readonly isClustered?: boolean;
  /** Path of another schema than Open vSwitch's; ovs-vsctl knows nothing of such a database. */
  readonly schema?: string;
}

export async function startOvs(options: TestOvsOptions = {}): Promise<TestOvs> {
  const { schema = openVSwitchSchema } = options;
  const runDir = await mkdtemp(join(tmpdir(), "ovsdb-test-"));
  const socket = join(runDir, "db.sock");
  const database = join(runDir, "conf.db");
  const env = { ...process.env, OVS_RUNDIR: runDir, OVS_LOGDIR: runDir, OVS_DBDIR: runDir };
  const exec = async (program: string, ...args: readonly string[]): Promise<string> =>
    (await run(program, [...args], { env, maxBuffer: 2 ** 26 })).stdout;

  const daemon = (program: string, ...args: readonly string[]): Promise<string> =>
    exec(program, ...args, "--no-chdir", "--detach", "--pidfile", "--log-file", "-vconsole:off");
  const stop = async (program: string, how: NodeJS.Signals): Promise<void> => {
    const pid = Number(await readFile(join(runDir, `${program}.pid`), "utf8").catch(() => "0"));
    if (pid > 0) await killAndWait(pid, how);
    // a thread of the dead may hold the lock on it for a moment longer, and the next start would refuse
    await rm(join(runDir, `${program}.pid`), { force: true });
  };

  const ovs: TestOvs = {
    runDir,
    socket,
    vsctl: (...args) => exec("ovs-vsctl", `--db=unix:${socket}`, "--no-wait", ...args),
    ovsdbClient: (command, ...args) => exec("ovsdb-client", command, `unix:${socket}`, ...args),
    async startServer() {
      await daemon("ovsdb-server", database, `--remote=punix:${socket}`);
    },
    stopServer: (how = "SIGTERM") => stop("ovsdb-server", how),
    async startSwitch() {
      await daemon("ovs-vswitchd", `unix:${socket}`, "--enable-dummy");
    },
    stopSwitch: (how = "SIGTERM") => stop("ovs-vswitchd", how),
    async [Symbol.asyncDispose]() {
      await stop("ovs-vswitchd", "SIGKILL");
      await stop("ovsdb-server", "SIGKILL");
      await rm(runDir, { recursive: true, force: true });
    },
  };

  if (options.isClustered)
    await exec("ovsdb-tool", "create-cluster", database, schema, `unix:${join(runDir, "raft")}`);
  else await exec("ovsdb-tool", "create", database, schema);
  await ovs.startServer();
  if (schema === openVSwitchSchema) await ovs.vsctl("init");
  if (options.hasSwitch) await ovs.startSwitch();
  return ovs;
}

/** Ends one process that we started and resolves when it is gone. */
async function killAndWait(pid: number, how: NodeJS.Signals): Promise<void> {
  try {
    process.kill(pid, how);
  } catch {
    return; // it is gone already
  }
  while (await isRunning(pid)) await sleep(2);
}

/** A daemon is no child of ours: after its end it stays for a while as one that only waits to be counted. */
async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "State:\tZ");
  return !/^State:\s+Z/m.test(status);
}
