import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { invariant } from "@antrea/base";
import type { Progress, ProgressOptions } from "@antrea/command";
import { ensureAssets, kubeAssets } from "../assets/index.ts";
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
import { installBridge } from "../network/io/install-bridge.ts";
import { type LabOptions, type LabRequest, resolveOptions } from "../options.ts";
import type { LabPlan } from "../plan/lab-plan.ts";
import { saveMachine } from "../record/io/machine-record.ts";
import { createRecord, findRecord, type RecordFile } from "../record/io/record-file.ts";
import { stepGraph } from "../step-graph.ts";
import { createCgroup } from "./cgroup.ts";
import { cleanLab } from "./clean.ts";
import { run } from "./command.ts";
import { importImages } from "./import-images.ts";
import { type Lab, openRecordedLab } from "./lab.ts";
import { planHere, requireRoot, stateRoot } from "./places.ts";
import { findProcess, isAlive } from "./process-table.ts";
import { waitForNodes, waitForRollout } from "./readiness.ts";

export interface StartOptions {
  readonly progress: (options: ProgressOptions) => Progress;
  readonly signal?: AbortSignal;
}

/**
 * Starts a cluster and gives it once its Nodes are Ready, its network works and its DNS answers.
 * What a crashed lab of the same name left behind is removed first. A failed start leaves what it
 * made, so that its logs can be read; `down` removes it.
 */
export async function startLab(
  request: LabRequest,
  { progress, signal }: StartOptions,
): Promise<Lab> {
  requireRoot();
  const options = resolveOptions(request);
  const record = await beginRecord(options, signal);
  await startCluster(record, progress, signal ?? new AbortController().signal);
  record.update((r) => ({ ...r, phase: "up" }));
  return openRecordedLab(record);
}

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

/** Whether somebody is starting this lab now, or it runs. */
export function isLiving(record: RecordFile): boolean {
  const { phase, starter, components, bootId: boot } = record.get();
  if (boot !== bootId()) return false;
  if (phase === "starting") return isAlive(starter);
  return (
    phase === "up" && components.some((c) => c.name === "kube-apiserver" && isAlive(c.process))
  );
}

async function startCluster(
  record: RecordFile,
  progress: StartOptions["progress"],
  signal: AbortSignal,
): Promise<void> {
  const { plan, options } = record.get();
  const eachNode = <T>(body: (node: LabPlan["nodes"][number]) => T | Promise<T>) =>
    Promise.all(plan.nodes.map(body));
  const graph = stepGraph();

  const programs = graph.add("Find the cluster's programs", {
    expectedSeconds: 0.1,
    work: async (abort) => {
      const wanted = { version: options.kubernetesVersion, dir: options.kubeAssets };
      return options.install
        ? await ensureAssets({ ...wanted, signal: abort })
        : kubeAssets(wanted);
    },
  });
  const fabric = graph.add("Lay the fabric: namespaces, bridges, router", {
    expectedSeconds: 0.8,
    work: async (abort) => {
      createCgroup(plan.systemCgroup);
      mkdirSync(plan.runFolder, { recursive: true });
      await run(["mount", "-t", "tmpfs", "-o", "mode=700", "antrea-lab", plan.runFolder]);
      await run(["mount", "--make-private", plan.runFolder]);
      await buildFabric(plan, { offloads: options.offloads, signal: abort });
    },
  });
  const keys = graph.add("Sign certificates", {
    expectedSeconds: 0.5,
    work: async (abort) => {
      await makePki(plan, abort);
      writeKubeconfigs(plan);
    },
  });
  const api = graph.add("Start etcd and the API server", {
    expectedSeconds: 4,
    needs: [programs, fabric, keys],
    work: async (abort) => startApi(record, await programs, abort),
  });
  const containerds = graph.add("Prepare Nodes and start containerd", {
    expectedSeconds: 3,
    needs: [programs, fabric, keys],
    work: async (abort) => {
      const found = await programs;
      await eachNode(async (node) => {
        await prepareNode(plan, node, found, abort);
        await startContainerd(record, node, abort);
        await importImages(node, abort);
      });
    },
  });
  const nodes = graph.add("Start controllers, scheduler, kubelets, kube-proxies", {
    expectedSeconds: 0.5,
    needs: [api, containerds],
    work: async () => {
      startControllers(record, await programs);
      for (const node of plan.nodes) {
        startKubelet(record, node);
        startKubeProxy(record, node);
      }
    },
  });
  const lab = openRecordedLab(record);
  const network =
    options.cni === "none"
      ? nodes
      : graph.add("Install the network: bridge", {
          expectedSeconds: 3,
          needs: [nodes],
          work: async (abort) => installBridge(plan, await api, abort),
        });
  const dns = graph.add("Install CoreDNS", {
    expectedSeconds: 0.5,
    needs: [api],
    work: async (abort) => {
      await lab.apply(coreDnsObjects("registry.k8s.io/coredns/coredns:v1.15.0"), { signal: abort });
    },
  });
  if (options.cni !== "none") {
    const ready = graph.add("Wait for Nodes to be Ready", {
      expectedSeconds: 5,
      needs: [network],
      work: async (abort, note) => waitForNodes(plan, await api, { signal: abort, note }),
    });
    graph.add("Wait for CoreDNS", {
      expectedSeconds: 5,
      needs: [ready, dns],
      work: async (abort) =>
        waitForRollout(await api, "kube-system", "deployments", "coredns", { signal: abort }),
    });
  }
  await graph.run(progress, signal);
}

function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
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
