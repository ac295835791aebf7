import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema";

/** A whole Open vSwitch for one test, in a folder of its own and with a datapath that needs no privilege. */
export interface Ovs extends AsyncDisposable {
  readonly runDir: string;
  /** Where ovsdb-server listens. */
  readonly dbSocket: string;
  /** Of ovs-vswitchd, while it runs. */
  readonly pid: number | undefined;
  /** Where a bridge takes OpenFlow connections. */
  mgmtSocket(bridge: string): string;
  /** These four give what the command prints, and throw with its complaint if it fails. */
  vsctl(...args: readonly string[]): Promise<string>;
  ofctl(...args: readonly string[]): Promise<string>;
  /** To ovs-vswitchd. */
  appctl(...args: readonly string[]): Promise<string>;
  /** To ovsdb-server. */
  dbctl(...args: readonly string[]): Promise<string>;
  /** Adds a bridge with the dummy datapath and ports of type `dummy`, numbered from 1 in this order. */
  addBridge(bridge: string, ports?: readonly string[]): Promise<void>;
  /** Ends ovs-vswitchd as a crash would. */
  killVswitchd(): Promise<void>;
  startVswitchd(): Promise<void>;
  /** Ends both daemons and removes the folder. Twice is once. */
  stop(): Promise<void>;
}

export interface StartOvsOptions {
  /** `dummy` has no packets of the kernel; `netdev` is the real user-space datapath and needs root. */
  readonly datapath?: "dummy" | "netdev";
  /** Whether ports of type geneve, vxlan and gre are tunnels on a dummy datapath too; else they are dummies. */
  readonly hasTunnels?: boolean;
}

/** Starts ovsdb-server and ovs-vswitchd, and resolves when both answer. */
export async function startOvs({
  datapath = "dummy",
  hasTunnels = false,
}: StartOvsOptions = {}): Promise<Ovs> {
  const runDir = await mkdtemp(join(tmpdir(), "antrea-ovs-"));
  const env = { ...process.env, OVS_RUNDIR: runDir, OVS_LOGDIR: runDir, OVS_DBDIR: runDir };
  const dbSocket = join(runDir, "db.sock");
  const control = { db: join(runDir, "db.ctl"), vswitchd: join(runDir, "vswitchd.ctl") };
  const running = new Map<keyof typeof control, ChildProcess>();

  async function command(program: string, args: readonly string[]): Promise<string> {
    const { stdout } = await run(program, [...args], { env, maxBuffer: 1 << 30 });
    return stdout;
  }

  async function start(name: keyof typeof control, program: string, args: readonly string[]) {
    const log = [`--log-file=${join(runDir, `${name}.log`)}`, "-vconsole:off"];
    const options = [`--unixctl=${control[name]}`, "--no-chdir", ...log];
    const child = spawn(program, [...args, ...options], { env, stdio: "ignore" });
    running.set(name, child);
    const failed = once(child, "exit").then(([code]) => {
      running.delete(name);
      throw new Error(`${program} ended with ${code}: see ${runDir}`);
    });
    failed.catch(() => {});
    const over = new AbortController();
    try {
      await Promise.race([answers(control[name], over.signal), failed]);
    } finally {
      over.abort();
    }
  }

  async function kill(name: keyof typeof control, signal: NodeJS.Signals): Promise<void> {
    const child = running.get(name);
    if (!child) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  const startVswitchd = async () => {
    const kinds = hasTunnels ? "--enable-dummy" : "--enable-dummy=override";
    const dummy = datapath === "dummy" ? [kinds] : [];
    await start("vswitchd", "ovs-vswitchd", [`unix:${dbSocket}`, "--disable-system", ...dummy]);
  };

  const ovs: Ovs = {
    runDir,
    dbSocket,
    get pid() {
      return running.get("vswitchd")?.pid;
    },
    mgmtSocket: (bridge) => join(runDir, `${bridge}.mgmt`),
    vsctl: (...args) => command("ovs-vsctl", [`--db=unix:${dbSocket}`, ...args]),
    ofctl: (...args) => command("ovs-ofctl", ["-O", "OpenFlow15", ...args]),
    appctl: (...args) => command("ovs-appctl", ["-t", control.vswitchd, ...args]),
    dbctl: (...args) => command("ovs-appctl", ["-t", control.db, ...args]),
    async addBridge(bridge, ports = []) {
      const kind = datapath === "dummy" ? "dummy" : "netdev";
      const bridgeArgs = ["add-br", bridge, "--", "set", "bridge", bridge];
      const settings = [`datapath_type=${kind}`, "fail_mode=secure", "protocols=OpenFlow15"];
      const portArgs = ports.flatMap((port, i) => [
        ...["--", "add-port", bridge, port, "--", "set", "interface", port],
        ...["type=dummy", `ofport_request=${i + 1}`],
      ]);
      await ovs.vsctl(...bridgeArgs, ...settings, ...portArgs);
    },
    killVswitchd: () => kill("vswitchd", "SIGKILL"),
    startVswitchd,
    async stop() {
      await kill("vswitchd", "SIGTERM");
      await kill("db", "SIGTERM");
      await rm(runDir, { recursive: true, force: true });
    },
    [Symbol.asyncDispose]: () => ovs.stop(),
  };

  try {
    await command("ovsdb-tool", ["create", join(runDir, "conf.db"), SCHEMA]);
    await start("db", "ovsdb-server", [join(runDir, "conf.db"), `--remote=punix:${dbSocket}`]);
    await ovs.vsctl("--no-wait", "init");
    await startVswitchd();
    await ovs.vsctl("--timeout=10", "show");
    return ovs;
  } catch (error) {
    await ovs.stop();
    throw error;
  }
}

/** Resolves when something accepts connections at the socket, or when nobody cares any more. */
async function answers(path: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const socket = connect(path);
    try {
      await once(socket, "connect");
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 10));
    } finally {
      socket.destroy();
    }
  }
}
