import { join } from "node:path";
import { type LogLevel, logLevels } from "@antrea/base";
import {
  duration,
  flag,
  list,
  oneOf,
  text,
  type ValuesOf,
  type ValueType,
  value,
  wholeNumber,
} from "@antrea/command";

const keyValue: ValueType<readonly [string, string]> = {
  wanted: "KEY=VALUE",
  placeholder: "KEY=VALUE",
  parse(typed) {
    const at = typed.indexOf("=");
    return at > 0 ? [typed.slice(0, at), typed.slice(at + 1)] : undefined;
  },
};

export const commonArgs = {
  runDir: text("Folder of sockets and pid files", {
    default: "/var/run/openvswitch",
    placeholder: "DIR",
  }),
};

/** Of the commands that log. */
export const logArgs = {
  logLevel: value<LogLevel>("How much antrea-ovs itself says", oneOf(logLevels), {
    default: "info",
  }),
};

/** What `antrea-ovs run` may be told. */
export const runArgs = {
  ...commonArgs,
  ...logArgs,
  database: text("File of the database; made if it is missing", {
    default: "/var/run/antrea/openvswitch/conf.db",
    placeholder: "FILE",
  }),
  schema: text("Schema of the database", {
    default: "/usr/share/openvswitch/vswitch.ovsschema",
    placeholder: "FILE",
  }),
  logDir: text("Folder of the daemons' own logs", {
    default: "/var/log/antrea/openvswitch",
    placeholder: "DIR",
  }),
  logMaxSize: value("Size at which a daemon's log is put aside, in MiB", wholeNumber(1), {
    default: 100,
    placeholder: "MIB",
  }),
  logMaxFiles: value("How many logs put aside are kept", wholeNumber(0, 100), { default: 4 }),
  hostname: text("Name of the Node, written into the database", { placeholder: "NAME" }),
  systemId: text("Identity of the Node in the database; kept or made up if left out", {
    placeholder: "ID",
  }),
  receiveBuffer: value(
    "Receive buffer of each port of the userspace datapath, in KiB; 0 leaves the kernel's",
    wholeNumber(0, 64 * 1024),
    { default: 2048, placeholder: "KIB" },
  ),
  sendBuffer: value(
    "Send buffer for all ports of the userspace datapath together, in KiB: frames count until their receivers take them; 0 leaves the kernel's",
    wholeNumber(0, 1024 * 1024),
    { default: 32 * 1024, placeholder: "KIB" },
  ),
  otherConfig: list("One more pair of Open_vSwitch other_config", keyValue),
  mlockall: flag("Lock the memory of ovs-vswitchd, so that it is never swapped out"),
  enableDummy: flag("Offer the dummy datapath, for tests"),
  stopTimeout: value("How long a daemon may take to stop before it is killed", duration, {
    default: 2_000,
  }),
};

export type RunOptions = ValuesOf<typeof runArgs>;

/** Where everything lies, from the options. */
export interface Layout {
  readonly runDir: string;
  readonly socket: string;
  readonly database: string;
  readonly schema: string;
  readonly logDir: string;
}

export function layoutOf(
  options: Pick<RunOptions, "runDir" | "database" | "schema" | "logDir">,
): Layout {
  const { runDir, database, schema, logDir } = options;
  return { runDir, socket: join(runDir, "db.sock"), database, schema, logDir };
}

export const daemonNames = ["ovsdb-server", "ovs-vswitchd"] as const;
export type DaemonName = (typeof daemonNames)[number];

/** The control socket of a daemon, as OVS names it. */
export function controlSocket(runDir: string, daemon: DaemonName, pid: number): string {
  return join(runDir, `${daemon}.${pid}.ctl`);
}

export function logFile({ logDir }: Layout, daemon: DaemonName): string {
  return join(logDir, `${daemon}.log`);
}

/** The command line of a daemon, which stays in the foreground. */
export function daemonArguments(
  daemon: DaemonName,
  layout: Layout,
  options: Pick<RunOptions, "mlockall" | "enableDummy">,
): readonly string[] {
  const common = [
    "--no-chdir",
    `--pidfile=${join(layout.runDir, `${daemon}.pid`)}`,
    "-vconsole:err", // before the log file, whose opening is said at info
    "-vsyslog:off",
    "-vfile:info",
    `--log-file=${logFile(layout, daemon)}`,
  ];
  if (daemon === "ovsdb-server")
    return [layout.database, `--remote=punix:${layout.socket}`, ...common];
  return [
    `unix:${layout.socket}`,
    ...common,
    // the agent tells the routes of tunnels (ADR 20): those read from the kernel are forgotten for a
    // moment whenever any link of the Node changes, and tunnels lose packets
    "--disable-system-route",
    ...(options.mlockall ? ["--mlockall"] : []),
    ...(options.enableDummy ? ["--enable-dummy"] : []),
  ];
}
