import {
  cniCommandsSince,
  cniErrors,
  cniPaths,
  cniVersions,
  latestCniVersion,
  lentNetnsPath,
} from "@antrea/api/cni";
import { cniDemands } from "./cni-conformance.ts";
import { code, page, table } from "./markdown.ts";

/** The page docs/reference/cni.md: what a container runtime may ask of the plugin, and what it is told. */
export function cniPage(): string {
  return page(
    "# CNI plugin",
    "Printed from `packages/api/src/cni/`; do not edit here. What the plugin promises is in [its README](../../packages/cni/README.md).",
    "## Versions and commands",
    `Versions of the specification: ${cniVersions.map(code).join(", ")}. VERSION reports them all; a result is in the version of the configuration.`,
    table(
      ["command", "from configuration version"],
      Object.entries(cniCommandsSince).map(([command, since]) => [command, code(since)]),
    ),
    "## Errors",
    `Below 100: the specification's (${latestCniVersion}). From 100: this plugin's. \`msg\` is the meaning, \`details\` says what was seen and what to do.`,
    table(
      ["code", "msg"],
      Object.values(cniErrors).map(({ code: number, meaning }) => [String(number), meaning]),
    ),
    "## Files",
    table(
      ["path", "what it is"],
      [
        [code(cniPaths.socket), "where the agent listens"],
        [code(cniPaths.pendingDelDir), "a file for each DEL that came while no agent listened"],
        [
          code(lentNetnsPath({ containerId: "CONTAINER", ifname: "IFNAME" }, cniPaths.netnsDir)),
          "a network namespace that the agent cannot see by itself, for the time of a call",
        ],
      ],
    ),
    "## Plugins after ours in the chain",
    table(
      ["plugin", "what it does with our Pods"],
      [
        [code("portmap"), "opens a Pod's `hostPort` on its Node"],
        [
          code("bandwidth"),
          "`kubernetes.io/ingress-bandwidth` limits what a Pod gets: its queue is on the Node's end of the link, where Open vSwitch sends. containerd lets a burst through at once first: over three seconds a Pod limited to 10 Mbit/s got 500. `kubernetes.io/egress-bandwidth` has **no effect on the userspace datapath**: ovs-vswitchd reads the frames of a Pod by a packet socket, before the queue that the plugin leads them to",
        ],
      ],
    ),
    "## What the specification demands of a plugin",
    "In our words, with the tests that show it. A check fails where a test of this table is not there.",
    table(
      ["section", "", "demand", "shown by"],
      cniDemands.map(({ section, strength, demand, tests, remark }) => [
        section,
        strength,
        remark === undefined ? demand : `${demand} ${remark}`,
        tests.map(([file, name]) => `[${name}](../../${file})`).join("; "),
      ]),
    ),
  );
}
