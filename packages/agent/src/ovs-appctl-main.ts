#!/usr/bin/env node
/** ovs-appctl(8) as people type it in the Pod antrea-agent, whose Open vSwitch runs in the Pod antrea-ovs. */
import { paths } from "@antrea/api";
import { appctl } from "./ovs/io/appctl.ts";

process.exitCode = await appctl(process.argv.slice(2), {
  program: "/usr/bin/ovs-appctl",
  runDir: process.env["OVS_RUNDIR"] ?? paths.ovsRunFolder,
});
