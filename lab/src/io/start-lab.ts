import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { objectNames } from "@antrea/api";
import { invariant } from "@antrea/base";
import type { ProgressFactory } from "../assets/index.ts";
import { coreDnsObjects } from "../cluster/coredns.ts";
import { type PolicyApi, pullPolicyObjects } from "../cluster/pull-policy.ts";
import { makePki } from "../cluster/io/make-pki.ts";
import {
  controllerNames,
  startApi,
  startControllers,
  waitForApi,
  writeKubeconfigs,
} from "../cluster/io/start-control-plane.ts";
import { startEgressProxy } from "../cluster/io/egress.ts";
import {
  prepareNode,
  startContainerd,
  startKubelet,
  startKubeProxy,
} from "../cluster/io/start-node.ts";
import { LabError } from "../errors.ts";
import { buildFabric } from "../fabric/io/build-fabric.ts";
import { imageNames } from "../images/index.ts";
import { installAntrea, requireManifest } from "../network/io/install-antrea.ts";
import { installBridge } from "../network/io/install-bridge.ts";
import { type LabOptions, type LabRequest, resolveOptions } from "../options.ts";
import type { LabPlan } from "../plan/lab-plan.ts";
import { prepareMachine } from "../record/io/machine-record.ts";
import { createRecord, findRecord, type RecordFile } from "../record/io/record-file.ts";
import { type StepGraph, stepGraph } from "../step-graph.ts";
import type { ApiClient } from "./api-client.ts";
import { cleanLab } from "./clean.ts";
import { run, withEnvironment } from "./command.ts";
import { startStopped, tending } from "./components.ts";
import { labVariable } from "./daemon.ts";
import { type Lab, openRecordedLab } from "./lab.ts";
import { bootId, isLiving } from "./living.ts";
import { gatherMaterials, type Materials } from "./materials.ts";
import { planHere, requireRoot, stateRoot } from "./places.ts";
import { findProcess } from "./process-table.ts";
import { waitForNodes, waitForRollout } from "./readiness.ts";

export interface StartOptions {
  readonly progress?: ProgressFactory | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts a cluster and gives it once its Nodes are Ready, its network works and its DNS answers.
 * A lab that runs already with the same options is given as it is, with the programs started
 * that somebody stopped. What a crashed lab of the same
 * name left behind is removed first. A failed start leaves what it
 * made, so that its logs can be read; `down` removes it.
 */
export async function startLab(
  request: LabRequest,
  { progress = silentProgress, signal = new AbortController().signal }: StartOptions = {},
): Promise<Lab> {
  requireRoot();
  const options = resolveOptions(withPlaces(request));
  const same = findSame(options);
  if (same) return await bringBack(same, signal);
  if (options.cni === "antrea") requireManifest(options.manifest);
  const materials = await gatherMaterials(options, { progress, signal });
  const record = await beginRecord(options, signal);
  // What this process is running when it is killed is found by `down` through the same variable.
  await withEnvironment({ [labVariable]: record.get().id }, () =>
    startCluster(record, materials, { progress, signal }),
  );
  record.update((r) => ({ ...r, phase: "up" }));
  return openRecordedLab(record);
}

/** Folders and files as any later command finds them, whatever its own folder and environment are. */
function withPlaces(request: LabRequest): LabRequest {
  const assets = request.kubeAssets ?? (process.env["KUBEBUILDER_ASSETS"] || undefined);
  return {
    ...request,
    kubeAssets: assets && resolve(assets),
    manifest: request.manifest && resolve(request.manifest),
  };
}

/** The lab that runs already just as it is asked for. */
function findSame(options: LabOptions): RecordFile | undefined {
  const found = findRecord(`${stateRoot()}/${options.name}`);
  if (!found || found.get().phase !== "up" || !isLiving(found)) return undefined;
  return isDeepStrictEqual(plain(found.get().options), plain(options)) ? found : undefined;
}

async function bringBack(record: RecordFile, signal: AbortSignal): Promise<Lab> {
  const started = startStopped(record);
  if (started.includes("etcd") || started.includes("kube-apiserver"))
    await waitForApi(record, signal);
  return openRecordedLab(record);
}

/** As it comes back from a file: without members that are undefined. */
function plain(options: LabOptions): unknown {
  return JSON.parse(JSON.stringify(options));
}

/** Shows nothing. */
const silentProgress: ProgressFactory = () => ({
  say() {},
  step: async (_title, work) => await work(() => {}),
});

/** Cleans up after a crashed lab, refuses to disturb a living one, and writes down what will be made. */
async function beginRecord(options: LabOptions, signal?: AbortSignal): Promise<RecordFile> {
  const earlier = findRecord(`${stateRoot()}/${options.name}`);
  if (earlier) {
    if (isLiving(earlier)) throw alreadyThere(options.name, earlier);
    await cleanLab(earlier, stateRoot());
  }
  const plan = await planHere(options, signal);
  const starter = findProcess(process.pid);
  invariant(starter, "this process exists");
  prepareMachine(stateRoot());
  return createRecord({
    version: 1,
    id: randomUUID(),
    phase: "starting",
    starter,
    bootId: bootId(),
    createdAt: new Date().toISOString(),
    options,
    plan,
    components: [],
  });
}

async function startCluster(
  record: RecordFile,
  materials: Materials,
  { progress, signal }: { progress: ProgressFactory; signal: AbortSignal },
): Promise<void> {
  const graph = stepGraph();
  const lab = openRecordedLab(record);
  const grounds = addGroundSteps(graph, lab);
  const { api, controllers } = addControlPlaneSteps(graph, record, { materials, grounds });
  const kubelets = addNodeSteps(graph, record, { materials, grounds, controllers });
  const tend = tending(record, controllerNames);
  const network = addNetworkSteps(graph, lab, { api, kubelets, tend });
  addDnsSteps(graph, lab, { api, network, policyApi: materials.policyApi, tend });
  await graph.run(progress, signal);
}

/** What all else stands on: the fabric and the keys. */
function addGroundSteps(graph: StepGraph, { plan, options }: Lab): readonly Promise<void>[] {
  const fabric = graph.add("Lay the fabric: namespaces, bridges, router", {
    expectedSeconds: 0.5,
    work: async (signal) => {
      await makeRunFolder(plan);
      await buildFabric(plan, { offloads: options.offloads, signal });
    },
  });
  const keys = graph.add("Sign certificates", {
    expectedSeconds: 0.3,
    work: async (signal) => {
      await makePki(plan, signal);
      writeKubeconfigs(plan);
    },
  });
  return [fabric, keys];
}

interface ControlPlaneNeeds {
  readonly materials: Materials;
  readonly grounds: readonly Promise<void>[];
}

function addControlPlaneSteps(
  graph: StepGraph,
  record: RecordFile,
  { materials: { programs, policyApi }, grounds }: ControlPlaneNeeds,
): { api: Promise<ApiClient>; controllers: Promise<void> } {
  const api = graph.add("Start etcd and the API server", {
    expectedSeconds: 5,
    needs: grounds,
    work: (signal) => startApi(record, programs, { policyApi, signal }),
  });
  const controllers = graph.add("Start controllers and scheduler", {
    expectedSeconds: 0.1,
    needs: [api],
    work: async () => startControllers(record, programs),
  });
  return { api, controllers };
}

function addNodeSteps(
  graph: StepGraph,
  record: RecordFile,
  { materials, grounds, controllers }: ControlPlaneNeeds & { readonly controllers: Promise<void> },
): Promise<void> {
  const { plan, options } = record.get();
  const containerd = graph.add("Give each Node its disk and images, start containerd", {
    expectedSeconds: 3,
    needs: grounds,
    work: async (signal) => {
      await Promise.all(
        plan.nodes.map(async (node) => {
          await prepareNode(plan, node, { ...materials, signal });
          await startContainerd(record, node, signal);
        }),
      );
    },
  });
  return graph.add("Start kubelets and kube-proxies", {
    expectedSeconds: 0.1,
    needs: [controllers, containerd],
    work: async () => {
      if (options.apiReachesPods) startEgressProxy(record);
      for (const node of plan.nodes) startKubelet(record, node);
      for (const node of plan.nodes) startKubeProxy(record, node);
    },
  });
}

interface NetworkNeeds {
  readonly api: Promise<ApiClient>;
  readonly kubelets: Promise<void>;
  readonly tend: () => void;
}

/** The steps that give Pods a network, and of them those to wait for; undefined for none at all. */
function addNetworkSteps(
  graph: StepGraph,
  lab: Lab,
  { api, kubelets, tend }: NetworkNeeds,
): readonly Promise<void>[] | undefined {
  const { cni } = lab.options;
  if (cni === "none") return undefined;
  if (cni === "bridge")
    return [
      graph.add("Install the network: Debian's bridge plugin", {
        expectedSeconds: 4,
        needs: [kubelets],
        work: async (signal) => installBridge(lab.plan, await api, signal),
      }),
    ];
  const installed = graph.add("Install the network: kubectl apply -f deploy/antrea.yml", {
    expectedSeconds: 2,
    needs: [api],
    work: (signal) => installAntrea(lab, signal),
  });
  const { namespace, controller, agent } = objectNames;
  const rollout = (kind: "daemonsets" | "deployments", name: string) =>
    graph.add(`Wait for ${kind.slice(0, -1)}/${name}`, {
      expectedSeconds: 6,
      needs: [installed, kubelets],
      work: async (signal, note) =>
        waitForRollout(await api, { namespace, kind, name }, { signal, note, tend }),
    });
  return [rollout("deployments", controller), rollout("daemonsets", agent)];
}

interface DnsNeeds {
  readonly api: Promise<ApiClient>;
  readonly network: readonly Promise<void>[] | undefined;
  readonly policyApi: PolicyApi | undefined;
  readonly tend: () => void;
}

/** CoreDNS is installed early and runs as soon as a Node is Ready; without a network it has to wait. */
function addDnsSteps(
  graph: StepGraph,
  lab: Lab,
  { api, network, policyApi, tend }: DnsNeeds,
): void {
  const dns = graph.add("Install CoreDNS", {
    expectedSeconds: 1,
    needs: [api],
    work: (signal) =>
      lab.apply(
        [...pullPolicyObjects(policyApi), ...coreDnsObjects(imageNames.coredns, lab.plan)],
        {
          signal,
        },
      ),
  });
  if (!network) return;
  const ready = graph.add("Wait until all Nodes are Ready", {
    expectedSeconds: 4,
    needs: network,
    work: async (signal, note) => waitForNodes(lab.plan, await api, { signal, note }),
  });
  const coredns = { namespace: "kube-system", kind: "deployments", name: "coredns" } as const;
  void graph.add("Wait for CoreDNS", {
    expectedSeconds: 2,
    needs: [ready, dns],
    work: async (signal) => waitForRollout(await api, coredns, { signal, tend }),
  });
}

/** Files that hold namespaces need a mount that no other namespace gets a copy of. */
async function makeRunFolder({ runFolder }: LabPlan): Promise<void> {
  mkdirSync(runFolder, { recursive: true });
  await run(["mount", "-t", "tmpfs", "-o", "mode=700", "antrea-lab", runFolder]);
  await run(["mount", "--make-private", runFolder]);
}

function alreadyThere(name: string, record: RecordFile): LabError {
  const { phase, createdAt } = record.get();
  const option = name === "lab" ? "" : ` --name ${name}`;
  return new LabError({
    saw: `The lab "${name}" is ${phase === "up" ? "up" : "being started by another process"} since ${createdAt}`,
    wanted: "a name that no lab of this machine has, or the very options of that lab",
    remedy: `use it, or end it with: ./antrea-lab down${option}, or start another one with --name OTHER`,
  });
}
