#!/usr/bin/env node
/** The program that runs Open vSwitch on a Node, and says whether it runs. */
import { PRODUCT_VERSION } from "@antrea/api";
import { rootLogger, systemClock } from "@antrea/base/io";
import { defineCommand, defineProgram, duration, value } from "@antrea/command";
import { runMain } from "@antrea/command/io";
import { readStatus } from "./ovs/io/read-status.ts";
import { runOvs } from "./ovs/io/run-ovs.ts";
import { watchOvs } from "./ovs/io/watch-ovs.ts";
import { commonArgs, logArgs, runArgs } from "./ovs/options.ts";
import { type DaemonStatus, isHealthy } from "./ovs/status.ts";

const run = defineCommand({
  name: "run",
  summary: "Run ovsdb-server and ovs-vswitchd until SIGTERM",
  description:
    "Makes the folders and the database where they are missing, converts the database of an older Open vSwitch, clears what a crash left, and starts a daemon again that dies. When hw-offload or userspace-tso-enable of the database's other_config change, ovs-vswitchd is started anew. Ends with an error when one cannot be kept running.",
  example: ["antrea-ovs run", "antrea-ovs run --hostname node-1 --receive-buffer 4096"],
  args: runArgs,
  run: ({ args, signal }) =>
    runOvs({
      options: args,
      log: rootLogger("antrea-ovs", args.logLevel),
      clock: systemClock,
      signal,
    }),
});

const watch = defineCommand({
  name: "watch",
  summary: "Say when the daemons answer and when they do not, until SIGTERM",
  description:
    "For the container antrea-ovs beside the agent: people type ovs-vsctl, ovs-ofctl and ovs-appctl there. The daemons are of the Pod antrea-ovs, so that an agent that is replaced leaves them alone.",
  example: "antrea-ovs watch",
  args: { ...commonArgs, ...logArgs },
  run: ({ args, signal }) =>
    watchOvs(
      {
        runDir: args.runDir,
        clock: systemClock,
        log: rootLogger("antrea-ovs", args.logLevel),
      },
      signal,
    ),
});

const status = defineCommand({
  name: "status",
  summary: "Say whether both daemons answer; for probes",
  example: "antrea-ovs status",
  args: { ...commonArgs, timeout: value("How long to wait", duration, { default: 2_000 }) },
  run: ({ args, signal }) =>
    readStatus(args.runDir, AbortSignal.any([signal, AbortSignal.timeout(args.timeout)])),
  columns: [
    { title: "DAEMON", cell: (s: DaemonStatus) => s.daemon },
    { title: "ANSWERS", cell: (s: DaemonStatus) => s.isAnswering },
    { title: "DETAIL", cell: (s: DaemonStatus) => s.detail },
  ],
  exitCode: (statuses) => (isHealthy(statuses) ? 0 : 1),
});

await runMain({
  program: defineProgram({
    name: "antrea-ovs",
    summary: "Runs Open vSwitch on a Node",
    version: PRODUCT_VERSION,
    commands: [run, watch, status],
  }),
  context: () => ({}),
});
