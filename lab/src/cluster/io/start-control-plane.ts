import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { KubeAssets } from "../../assets/index.ts";
import { type ApiClient, apiClient } from "../../io/api-client.ts";
import { createCgroup } from "../../io/cgroup.ts";
import { requireRunning, startDaemon } from "../../io/daemon.ts";
import { waitFor } from "../../io/wait.ts";
import type { LabPlan } from "../../plan/lab-plan.ts";
import type { RecordFile } from "../../record/io/record-file.ts";
import { auditPolicy } from "../audit.ts";
import {
  apiserverArgv,
  type ControlPlaneFiles,
  controllerManagerArgv,
  etcdArgv,
  schedulerArgv,
} from "../control-plane.ts";
import { formatKubeconfig } from "../kubeconfig.ts";
import type { PolicyApi } from "../pull-policy.ts";
import { writeEgressSelector } from "./egress.ts";
import { pkiFolder } from "./make-pki.ts";

/** Path of the kubeconfig for people. */
export function kubeconfigPath(plan: LabPlan): string {
  return `${plan.stateFolder}/kubeconfig`;
}

/** Where the API server notes what our programs asked, one JSON object a line (audit.k8s.io/v1 Event). */
export function auditLogPath(plan: LabPlan): string {
  return `${plan.logFolder}/kube-apiserver-audit.log`;
}

/** Starts etcd and the API server and gives a client as soon as the API answers. */
export async function startApi(
  record: RecordFile,
  programs: KubeAssets,
  {
    policyApi,
    signal,
  }: { readonly policyApi: PolicyApi | undefined; readonly signal?: AbortSignal },
): Promise<ApiClient> {
  const { plan, options } = record.get();
  const { namespaces, systemCgroup: cgroup } = plan.controlPlane;
  const files = controlPlaneFiles(plan, programs);
  const egress = options.apiReachesPods ? writeEgressSelector(plan) : undefined;
  createCgroup(cgroup);
  mkdirSync(`${files.data}/etcd`, { recursive: true, mode: 0o700 });
  writeFileSync(files.audit.policy, auditPolicy);
  startDaemon({ name: "etcd", namespaces, cgroup, argv: etcdArgv(files) }, record);
  const argv = apiserverArgv(plan, files, { policyApi, egress });
  startDaemon({ name: "kube-apiserver", namespaces, cgroup, argv }, record);
  return await waitForApi(record, signal);
}

/** Gives a client as soon as the API answers. */
export async function waitForApi(record: RecordFile, signal?: AbortSignal): Promise<ApiClient> {
  const { plan } = record.get();
  const api = apiClient(plan);
  const isReady = async () => {
    for (const name of ["etcd", "kube-apiserver"]) requireRunning(record, name);
    return (await api.isOk("/readyz")) ? true : undefined;
  };
  await waitFor(isReady, {
    what: `the API server at ${plan.apiUrl} to be ready`,
    timeoutMs: 300_000,
    everyMs: 50,
    remedy: `read ${plan.logFolder}/kube-apiserver.log and ${plan.logFolder}/etcd.log`,
    signal,
  });
  return api;
}

/** The programs that work for the API server, by which all else comes about. */
export const controllerNames = ["kube-controller-manager", "kube-scheduler"] as const;

/** Starts controllers and scheduler; they need no waiting for. */
export function startControllers(record: RecordFile, programs: KubeAssets): void {
  const { plan, options } = record.get();
  const { namespaces, systemCgroup: cgroup } = plan.controlPlane;
  const files = controlPlaneFiles(plan, programs);
  const [manager, scheduler] = controllerNames;
  const controllers = controllerManagerArgv(plan, files, options);
  startDaemon({ name: manager, namespaces, cgroup, argv: controllers }, record);
  startDaemon({ name: scheduler, namespaces, cgroup, argv: schedulerArgv(files) }, record);
}

/** Writes the kubeconfigs of people and of the control plane's programs. */
export function writeKubeconfigs(plan: LabPlan): void {
  const folder = kubeconfigFolder(plan);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const server = plan.nodeApiUrl;
  for (const client of ["controller-manager", "scheduler"])
    writeFileSync(`${folder}/${client}`, kubeconfigFor(plan, client, server), { mode: 0o600 });
  writeFileSync(kubeconfigPath(plan), kubeconfigFor(plan, "admin", plan.apiUrl), { mode: 0o600 });
}

/** The kubeconfig of the client whose certificate has this file name. */
export function kubeconfigFor(plan: LabPlan, client: string, server: string): string {
  const read = (file: string) => readFileSync(`${pkiFolder(plan)}/${file}`, "utf8");
  return formatKubeconfig({
    server,
    authority: read("ca.crt"),
    certificate: read(`${client}.crt`),
    key: read(`${client}.key`),
    context: `antrea-lab-${plan.name}`,
    user: client,
  });
}

function controlPlaneFiles(plan: LabPlan, programs: KubeAssets): ControlPlaneFiles {
  return {
    programs,
    pki: pkiFolder(plan),
    kubeconfigs: kubeconfigFolder(plan),
    data: `${plan.stateFolder}/control-plane`,
    audit: { policy: `${plan.stateFolder}/control-plane/audit.yml`, log: auditLogPath(plan) },
  };
}

function kubeconfigFolder(plan: LabPlan): string {
  return `${plan.stateFolder}/kubeconfigs`;
}
