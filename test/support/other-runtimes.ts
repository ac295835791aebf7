import assert from "node:assert/strict";
import type { Lab, LabHost, Outcome } from "@antrea/lab";
import { kubeAssets } from "@antrea/lab/assets";
import { ctr } from "./cluster.ts";

/** A runtime that starts one container on the network "antrea", without Kubernetes. */
export interface OtherRuntime extends AsyncDisposable {
  /** Ends with the script, or with `stop`. */
  run(script: string): Promise<Outcome>;
  stop(): Promise<void>;
}

const image = "docker.io/library/nginx:1.21";

/** `ctr run --cni`, of containerd itself; its cgroup is one of the lab's. */
export async function ctrRun(lab: Lab, nodeName: string, name: string): Promise<OtherRuntime> {
  const node = lab.node(nodeName);
  const run = ["run", "--rm", "--cni", "--cgroup", `${cgroupOf(lab, nodeName)}/${name}`] as const;
  return {
    run: (script) => node.attempt([...ctr, ...run, image, name, "sh", "-c", script]),
    async stop() {
      await node.exec([...ctr, "tasks", "kill", "--signal", "SIGKILL", name]);
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** `podman run --network antrea`, all of whose files lie below one folder of the Node's own /run. */
export async function podmanRun(lab: Lab, nodeName: string, name: string): Promise<OtherRuntime> {
  const node = lab.node(nodeName);
  const folder = `/run/${name}`;
  const root = `${folder}/root`;
  await node.exec(["mkdir", "-p", root]);
  await node.exec([...ctr, "images", "mount", "--rw", image, root]);
  const podman = [
    "podman",
    ...["--root", `${folder}/storage`, "--runroot", `${folder}/run`, "--tmpdir", `${folder}/tmp`],
    ...["--network-config-dir", "/etc/cni/net.d", "--runtime", "/usr/sbin/runc"],
    ...["--cgroup-manager", "cgroupfs", "--events-backend", "file"],
  ] as const;
  const cgroup = ["--cgroup-parent", cgroupOf(lab, nodeName)];
  // root here may be no more than the machine's limits, and podman would raise them
  const limits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"];
  const options = ["--rm", ...limits, "--name", name, "--network", "antrea", ...cgroup];
  const rootfs = ["--security-opt", "seccomp=unconfined", "--rootfs", root];
  return {
    run: (script) => node.attempt([...podman, "run", ...options, ...rootfs, "sh", "-c", script]),
    async stop() {
      await node.exec([...podman, "stop", "--time", "0", name]);
    },
    async [Symbol.asyncDispose]() {
      await node.exec([...ctr, "images", "unmount", "--rm", root]);
      await node.attempt(["umount", "--lazy", `${folder}/storage/overlay`]);
      await node.exec(["rm", "-rf", folder]);
    },
  };
}

function cgroupOf(lab: Lab, nodeName: string): string {
  const node = lab.plan.nodes.find(({ name }) => name === nodeName);
  assert.ok(node, `the lab has ${nodeName}`);
  return node.cgroup;
}

/** containernetworking's `cnitool` for our plugin alone, in the namespace of this name. */
export async function cnitoolFor(node: LabHost, netns: string) {
  const folder = "/run/cnitool";
  const list = { cniVersion: "1.1.0", name: "by-cnitool", plugins: [{ type: "antrea" }] };
  await node.exec(["mkdir", "-p", folder]);
  await node.exec(["tee", `${folder}/10-antrea.conflist`], { input: JSON.stringify(list) });
  await node.exec(["ip", "netns", "add", netns]);
  const env = { CNI_PATH: "/opt/cni/bin", NETCONFPATH: folder };
  const path = `/var/run/netns/${netns}`;
  return {
    call: (command: "add" | "check" | "del" | "status") =>
      node.exec([kubeAssets().cnitool, command, list.name, path], { env }),
    async [Symbol.asyncDispose]() {
      await node.exec(["ip", "netns", "del", netns]);
      await node.exec(["rm", "-rf", folder]);
    },
  };
}
