import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { objectNames } from "@antrea/api";
import { invariant } from "@antrea/base";
import type { ProgressFactory } from "../assets/index.ts";
import { coreDnsObjects } from "../cluster/coredns.ts";
import { makePki } from "../cluster/io/make-pki.ts";
import { startApi, startControllers, writeKubeconfigs } from "../cluster/io/start-control-plane.ts";
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
import type { LabPlan, NodePlan } from "../plan/lab-plan.ts";
import { saveMachine } from "../record/io/machine-record.ts";
import { createRecord, findRecord, type RecordFile } from "../record/io/record-file.ts";
import { type StepGraph, stepGraph } from "../step-graph.ts";
import type { ApiClient } from "./api-client.ts";
import { createCgroup } from "./cgroup.ts";
import { cleanLab } from "./clean.ts";
import { run } from "./command.ts";
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
 * What a crashed lab of the same name left behind is removed first. A failed start leaves what it
 * made, so that its logs can be read; `down` removes it.
 */
export async function startLab(
  request: LabRequest,
  { progress = silentProgress, signal = new AbortController().signal }: StartOptions = {},
): Promise<Lab> {
  requireRoot();
  const options = resolveOptions(request);
  if (options.cni === "antrea") requireManifest(options.manifest);
  const materials = await gatherMaterials(options, { progress, signal });
  const record = await beginRecord(options, signal);
  await startCluster(record, materials, { progress, signal });
  record.update((r) => ({ ...r, phase: "up" }));
  return openRecordedLab(record);
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
  saveMachine(stateRoot());
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
  { programs, images }: Materials,
  { progress, signal }: Required<StartOptions>,
): Promise<void> {
  const { plan, options } = record.get();
  const lab = openRecordedLab(record);
  const graph = stepGraph();
  const eachNode = (body: (node: NodePlan) => Promise<void>) => Promise.all(plan.nodes.map(body));

  const fabric = graph.add("Lay the fabric: namespaces, bridges, router", {
    expectedSeconds: 0.5,
    work: async (abort) => {
      createCgroup(plan.systemCgroup);
      await makeRunFolder(plan);
      await buildFabric(plan, { offloads: options.offloads, signal: abort });
    },
  });
  const keys = graph.add("Sign certificates", {
    expectedSeconds: 0.3,
    work: async (abort) => {
      await makePki(plan, abort);
      writeKubeconfigs(plan);
    },
  });
  const api = graph.add("Start etcd and the API server", {
    expectedSeconds: 5,
    needs: [fabric, keys],
    work: (abort) => startApi(record, programs, abort),
  });
  const containerd = graph.add("Give each Node its disk and images, start containerd", {
    expectedSeconds: 3,
    needs: [fabric, keys],
    work: async (abort) => {
      await eachNode(async (node) => {
        await prepareNode(plan, node, { programs, images, signal: abort });
        await startContainerd(record, node, abort);
      });
    },
  });
  const controllers = graph.add("Start controllers and scheduler", {
    expectedSeconds: 0.1,
    needs: [api],
    work: async () => startControllers(record, programs),
  });
  const kubelets = graph.add("Start kubelets and kube-proxies", {
    expectedSeconds: 0.1,
    needs: [controllers, containerd],
    work: async () => {
      for (const node of plan.nodes) startKubelet(record, node);
      for (const node of plan.nodes) startKubeProxy(record, node);
    },
  });
  const dns = graph.add("Install CoreDNS", {
    expectedSeconds: 1,
    needs: [api],
    work: (abort) => lab.apply(coreDnsObjects(imageNames.coredns), { signal: abort }),
  });
  const network = addNetworkSteps(graph, lab, api, kubelets);
  if (network) {
    const ready = graph.add("Wait until all Nodes are Ready", {
      expectedSeconds: 4,
      needs: network,
      work: async (abort, note) => waitForNodes(plan, await api, { signal: abort, note }),
    });
    graph.add("Wait for CoreDNS", {
      expectedSeconds: 2,
      needs: [ready, dns],
      work: async (abort) => waitForRollout(await api, dnsDeployment, { signal: abort }),
    });
  }
  await graph.run(progress, signal);
}

const dnsDeployment = { namespace: "kube-system", kind: "deployments", name: "coredns" } as const;

/** The steps that give Pods a network, and of them those to wait for; undefined for none at all. */
function addNetworkSteps(
  graph: StepGraph,
  lab: Lab,
  api: Promise<ApiClient>,
  kubelets: Promise<void>,
): readonly Promise<void>[] | undefined {
  const { cni } = lab.options;
  if (cni === "none") return undefined;
  if (cni === "bridge")
    return [
      graph.add("Install the network: Debian's bridge plugin", {
        expectedSeconds: 4,
        needs: [kubelets],
        work: async (abort) => installBridge(lab.plan, await api, abort),
      }),
    ];
  const installed = graph.add("Install the network: kubectl apply -f deploy/antrea.yml", {
    expectedSeconds: 2,
    needs: [api],
    work: (abort) => installAntrea(lab, abort),
  });
  const rollout = (kind: "daemonsets" | "deployments", name: string) =>
    graph.add(`Wait for ${kind.slice(0, -1)}/${name}`, {
      expectedSeconds: 6,
      needs: [installed, kubelets],
      work: async (abort, note) =>
        waitForRollout(
          await api,
          { namespace: objectNames.namespace, kind, name },
          { signal: abort, note },
        ),
    });
  return [rollout("deployments", objectNames.controller), rollout("daemonsets", objectNames.agent)];
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
    wanted: "a name that no lab of this machine has",
    remedy: `use it, or end it with: ./antrea-lab down${option}, or start another one with --name OTHER`,
  });
}
