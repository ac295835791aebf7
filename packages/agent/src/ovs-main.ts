#!/usr/bin/env node
/** The program of the container antrea-ovs: it runs Open vSwitch, and says whether it runs. */
import { PRODUCT_VERSION } from "@antrea/api";
import { rootLogger, systemClock } from "@antrea/base/io";
import { defineCommand, defineProgram, duration, value } from "@antrea/command";
import { runMain } from "@antrea/command/io";
import { type OffloadWishes, readOffloads } from "./ovs/io/read-offloads.ts";
import { readStatus } from "./ovs/io/read-status.ts";
import { runOvs } from "./ovs/io/run-ovs.ts";
import { commonArgs, type RunOptions, runArgs } from "./ovs/options.ts";
import { type DaemonStatus, isHealthy } from "./ovs/status.ts";

const run = defineCommand({
  name: "run",
  summary: "Run ovsdb-server and ovs-vswitchd until SIGTERM",
  description:
    "Makes the folders and the database where they are missing, converts the database of an older Open vSwitch, clears what a crash left, and starts a daemon again that dies. Ends with an error when one cannot be kept running.",
  example: ["antrea-ovs run", "antrea-ovs run --hostname node-1 --userspace-tso"],
  args: runArgs,
  run: ({ args, signal }) =>
    runOvs({
      options: withOffloads(args, readOffloads(args.config)),
      log: rootLogger("antrea-ovs", args.logLevel),
      clock: systemClock,
      signal,
    }),
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
    commands: [run, status],
  }),
  context: () => ({}),
});

function withOffloads(args: RunOptions, wishes: OffloadWishes): RunOptions {
  return {
    ...args,
    userspaceTso: args.userspaceTso || wishes.userspaceTso,
    hwOffload: args.hwOffload || wishes.hwOffload,
  };
}
