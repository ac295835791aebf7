import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveOptions } from "../options.ts";
import { planLab } from "../plan/lab-plan.ts";
import { kubeletConfig, nodeMounts, nodePrograms, type NodeProgramPaths } from "./node-programs.ts";

const plan = planLab(resolveOptions({ nodes: 1, subnets: 1 }), {
  stateRoot: "/var/lib/antrea-lab",
  runRoot: "/run/antrea-lab",
  machineAddresses: [],
});
const node = plan.nodes[0] as (typeof plan.nodes)[number];
const programs = Object.fromEntries(
  nodePrograms.map((n) => [n, `/cache/${n}`]),
) as NodeProgramPaths;

test("nodeMounts() lays the Node's disk over the machine's, /var/lib last, for the others lie below it", () => {
  const targets = (hasModules: boolean) =>
    nodeMounts(node, { programs, hasModules })
      .trim()
      .split("\n")
      .map((line) => line.split(" ")[1]);
  assert.equal(targets(true).at(-1), "/var/lib");
  assert.ok(targets(false).includes("/usr/lib"));
  assert.ok(!targets(true).includes("/usr/lib"));
});

test("nodeMounts() hides what the machine has in /etc/cni/net.d: a package's network there would make a Node Ready before ours", () => {
  const lines = nodeMounts(node, { programs, hasModules: true }).split("\n");
  const etc = lines.findIndex((line) => line.split(" ")[1] === "/etc");
  const networks = lines.findIndex((line) => line.split(" ")[1] === "/etc/cni/net.d");
  assert.ok(etc >= 0 && networks > etc);
});

test("kubeletConfig() puts all Pods of the Node into one cgroup of the lab", () => {
  const config = JSON.parse(kubeletConfig(plan, node)) as Record<string, unknown>;
  assert.equal(config["cgroupRoot"], "/antrea-lab/lab/node-1");
  assert.equal(config["address"], "172.30.1.10");
});
