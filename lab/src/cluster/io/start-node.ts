import type { KubeAssets } from "../../assets/index.ts";
import { type ImageSet, provisionContainerdRoot } from "../../images/index.ts";
import { createCgroup } from "../../io/cgroup.ts";
import { type Argv, attempt } from "../../io/command.ts";
import { requireRunning, startDaemon } from "../../io/daemon.ts";
import { inNamespaces } from "../../io/enter.ts";
import { waitFor } from "../../io/wait.ts";
import type { LabPlan, NodePlan } from "../../plan/lab-plan.ts";
import type { RecordFile } from "../../record/io/record-file.ts";
import {
  containerdArgv,
  kubeletArgv,
  kubeProxyArgv,
  nodeFolders,
  nodePaths,
  type NodeProgramPaths,
} from "../node-programs.ts";
import { pkiFolder } from "./make-pki.ts";
import { makeNodeNamespaces, writeNodeDisk } from "./prepare-node.ts";
import { kubeconfigFor } from "./start-control-plane.ts";

export interface NodeMaterials {
  readonly programs: KubeAssets;
  readonly images: ImageSet;
  readonly signal?: AbortSignal | undefined;
}

/** Makes a Node's disk, cgroup and namespaces; the fabric and the certificates exist. */
export async function prepareNode(
  plan: LabPlan,
  node: NodePlan,
  { programs, images, signal }: NodeMaterials,
): Promise<void> {
  await provisionContainerdRoot(images, `${nodeFolders(node).varLib}/containerd`);
  const paths = nodeProgramPaths(programs);
  writeNodeDisk(plan, node, {
    programs: paths,
    pki: pkiFolder(plan),
    kubeletConfig: kubeconfigFor(plan, `${node.name}-client`, plan.nodeApiUrl),
    kubeProxyConfig: kubeconfigFor(plan, "kube-proxy", plan.nodeApiUrl),
  });
  createCgroup(node.cgroup);
  createCgroup(node.systemCgroup);
  await makeNodeNamespaces(node, paths, signal);
}

/** Starts containerd and waits until it answers. */
export async function startContainerd(
  record: RecordFile,
  node: NodePlan,
  signal?: AbortSignal,
): Promise<void> {
  startOnNode("containerd", containerdArgv(), record, node);
  const version = inNamespaces(node.namespaces, ctr("version"));
  const answers = async () => {
    requireRunning(record, `${node.name}/containerd`);
    return (await attempt(version, { signal })).exitCode === 0 ? true : undefined;
  };
  await waitFor(answers, {
    what: `containerd of ${node.name} to answer`,
    timeoutMs: 120_000,
    everyMs: 50,
    remedy: `read ${record.get().plan.logFolder}/${node.name}/containerd.log`,
    signal,
  });
}

export function startKubelet(record: RecordFile, node: NodePlan): void {
  startOnNode("kubelet", kubeletArgv(node), record, node);
}

export function startKubeProxy(record: RecordFile, node: NodePlan): void {
  startOnNode("kube-proxy", kubeProxyArgv(record.get().plan, node), record, node);
}

/** containerd's own client, as it is called inside a Node. */
export function ctr(...args: readonly string[]): Argv {
  return [`${nodePaths.assets}/ctr`, "--address", nodePaths.containerdSocket, ...args];
}

function startOnNode(program: string, argv: Argv, record: RecordFile, node: NodePlan): void {
  const PATH = `${nodePaths.assets}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
  const { namespaces, systemCgroup: cgroup } = node;
  startDaemon({ name: `${node.name}/${program}`, namespaces, cgroup, argv, env: { PATH } }, record);
}

/** The Node's programs by the names that they have there. */
export function nodeProgramPaths(programs: KubeAssets): NodeProgramPaths {
  return {
    containerd: programs.containerd,
    "containerd-shim-runc-v2": programs.containerdShim,
    ctr: programs.ctr,
    kubectl: programs.kubectl,
    kubelet: programs.kubelet,
    "kube-proxy": programs.kubeProxy,
  };
}
