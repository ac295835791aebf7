import { constants, copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { imageNames } from "../../images/index.ts";
import { type Argv, run } from "../../io/command.ts";
import type { LabPlan, NodePlan } from "../../plan/lab-plan.ts";
import {
  containerdConfig,
  kubeletConfig,
  nodeFolders,
  nodeMounts,
  nodePaths,
  nodePrograms,
  type NodeProgramPaths,
  standardPlugins,
} from "../node-programs.ts";

/** Where Debian's containernetworking-plugins has its programs. */
const pluginFolder = "/usr/lib/cni";

export interface NodeFiles {
  readonly programs: NodeProgramPaths;
  readonly pki: string;
  /** Kubeconfigs, as text. */
  readonly kubeletConfig: string;
  readonly kubeProxyConfig: string;
}

/** Writes the Node's disk: what its programs read, its CNI plugins, mount points for its programs. */
export function writeNodeDisk(plan: LabPlan, node: NodePlan, files: NodeFiles): void {
  const f = nodeFolders(node);
  for (const folder of Object.values(f)) mkdirSync(folder, { recursive: true });
  const onDisk = (path: string) =>
    path
      .replace(/^\/var\/lib/, f.varLib)
      .replace(/^\/etc/, f.etc)
      .replace(/^\/opt/, f.opt);
  const put = (path: string, text: string, mode = 0o644) => {
    mkdirSync(dirname(onDisk(path)), { recursive: true });
    writeFileSync(onDisk(path), text, { mode });
  };
  const copy = (from: string, to: string) => {
    mkdirSync(dirname(onDisk(to)), { recursive: true });
    copyFileSync(from, onDisk(to), constants.COPYFILE_FICLONE);
  };

  for (const name of nodePrograms) put(`${nodePaths.assets}/${name}`, "");
  for (const plugin of standardPlugins)
    copy(`${pluginFolder}/${plugin}`, `${nodePaths.cniBin}/${plugin}`);
  for (const folder of ["pods", "antrea", "containers"])
    mkdirSync(`${f.varLog}/${folder}`, { recursive: true });
  mkdirSync(`${f.varLib}/cni`, { recursive: true });
  mkdirSync(onDisk(nodePaths.cniConfig), { recursive: true });
  mkdirSync(`${f.usrLib}/modules`, { recursive: true });

  put(nodePaths.containerdConfig, containerdConfig(imageNames.pause));
  put(`${nodePaths.kubelet}/config.json`, kubeletConfig(plan, node));
  put(`${nodePaths.kubelet}/kubeconfig`, files.kubeletConfig, 0o600);
  put(`${nodePaths.kubeProxy}/kubeconfig`, files.kubeProxyConfig, 0o600);
  copy(`${files.pki}/ca.crt`, `${nodePaths.kubelet}/pki/ca.crt`);
  copy(`${files.pki}/${node.name}-server.crt`, `${nodePaths.kubelet}/pki/server.crt`);
  copy(`${files.pki}/${node.name}-server.key`, `${nodePaths.kubelet}/pki/server.key`);
}

/**
 * Makes the Node's mount and UTS namespaces, kept alive by the files that name them, and mounts the
 * Node's disk there. Mounts made inside are shared inside only: what the machine unmounts goes
 * away here too, nothing comes back the other way.
 */
export async function makeNodeNamespaces(
  node: NodePlan,
  programs: NodeProgramPaths,
  signal?: AbortSignal,
): Promise<void> {
  const { mount, uts } = node.namespaces;
  if (mount === undefined || uts === undefined) return;
  for (const file of [mount, uts]) writeFileSync(file, "");
  await run(
    ["unshare", `--mount=${mount}`, `--uts=${uts}`, "--propagation=slave", "hostname", node.name],
    { signal },
  );
  const inside = (...argv: Argv) => run(["nsenter", `--mount=${mount}`, ...argv], { signal });
  const fstab = `${node.folder}/fstab`;
  const hasModules = existsSync("/lib/modules");
  writeFileSync(fstab, nodeMounts(node, { programs, hasModules }));
  await inside("mount", "--all", "--fstab", fstab);
  // Last: a folder bound from a mount that is shared already would share what is mounted in it.
  await inside("mount", "--make-rshared", "/");
  await inside("mkdir", "-p", "/run/netns", "/run/antrea", "/run/openvswitch", "/run/lock");
}
