/**
 * The programs that a cluster consists of: which, where they lie, and how to get them.
 * They are compiled once from Go modules into a cache outside the checkout.
 */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { invariant } from "@antrea/base";
import { binFolder, buildStep, goModules, goObjects } from "./go-build.ts";
import { findGo, goToolchainStep } from "./go-toolchain.ts";
import { withLock } from "./lock.ts";
import { policyApiStep } from "./policy-api.ts";
import { e2eTests, programSets } from "./programs.ts";
import { runSteps, type Step, type StepOptions } from "./steps.ts";
import { versions } from "./versions.ts";

export { cacheRoot } from "./cache.ts";
export { findGo } from "./go-toolchain.ts";
export { withLock } from "./lock.ts";
export { policyApiDefinitions } from "./policy-api.ts";
export { RunError, type RunOptions, runBytes, runText } from "./run.ts";
export * from "./steps.ts";
export { versions } from "./versions.ts";

/** Absolute paths of every program that a lab starts. */
export interface KubeAssets {
  /** Without the `v`. */
  readonly kubernetesVersion: string;
  readonly kubeApiserver: string;
  readonly kubeControllerManager: string;
  readonly kubeScheduler: string;
  readonly kubectl: string;
  readonly kubelet: string;
  readonly kubeProxy: string;
  readonly agnhost: string;
  readonly containerd: string;
  readonly containerdShim: string;
  readonly ctr: string;
  readonly coredns: string;
  /** Of containernetworking: calls a plugin as a runtime does. No part of a cluster. */
  readonly cnitool: string;
  readonly etcd: string;
  readonly runc: string;
}

export interface AssetOptions {
  /** Another Kubernetes version than the pinned one, such as `1.35.4`. */
  readonly version?: string | undefined;
  /** A folder with binaries of one's own; what it lacks is built. Without it, `$KUBEBUILDER_ASSETS`. */
  readonly dir?: string | undefined;
  /** Whether Kubernetes' end-to-end tests are wanted too: see `e2eTestPath`. */
  readonly e2e?: boolean | undefined;
  /** Whether upstream's definitions are wanted too that tests install: see `policyApiDefinitions`. */
  readonly policyApi?: boolean | undefined;
}

/** Where each program is, or will be once `ensureAssets` has run. */
export function kubeAssets({
  version = versions.kubernetes,
  dir = process.env["KUBEBUILDER_ASSETS"],
}: AssetOptions = {}): KubeAssets {
  const built = new Map(
    programSets(version).flatMap((set) =>
      set.programs.map(({ name }) => [name, join(binFolder(set), name)]),
    ),
  );
  const path = (name: string): string => {
    const own = dir && join(dir, name);
    return own && existsSync(own) ? own : (built.get(name) ?? debianPath(name));
  };
  return {
    kubernetesVersion: version,
    kubeApiserver: path("kube-apiserver"),
    kubeControllerManager: path("kube-controller-manager"),
    kubeScheduler: path("kube-scheduler"),
    kubectl: path("kubectl"),
    kubelet: path("kubelet"),
    kubeProxy: path("kube-proxy"),
    agnhost: path("agnhost"),
    containerd: path("containerd"),
    containerdShim: path("containerd-shim-runc-v2"),
    ctr: path("ctr"),
    coredns: path("coredns"),
    cnitool: path("cnitool"),
    etcd: path("etcd"),
    runc: path("runc"),
  };
}

/** The steps that bring the programs onto this machine: a Go toolchain if needed, one build each, and tidying up. */
export function assetSteps(options: AssetOptions = {}): readonly Step[] {
  const wanted = new Set<string>(Object.values(kubeAssets(options)));
  const ofCluster = programSets(options.version).flatMap((set) =>
    set.programs
      .filter(({ name }) => wanted.has(join(binFolder(set), name)))
      .map((program) => buildStep(set, program)),
  );
  const builds = [
    ...ofCluster,
    ...(options.e2e ? [e2eTestStep(options.version)] : []),
    ...(options.policyApi ? [policyApiStep] : []),
  ];
  const isBuilt = async (): Promise<boolean> =>
    (await Promise.all(builds.map((step) => step.isDone()))).every(Boolean);
  const toolchain: Step = {
    ...goToolchainStep,
    isDone: async () => (await isBuilt()) || (await findGo()) !== undefined,
  };
  return [toolchain, ...builds, freeGoCaches(isBuilt)];
}

/** Where Kubernetes' end-to-end tests are, or will be once the steps with `e2e` have run. */
export function e2eTestPath(version: string = versions.kubernetes): string {
  return join(binFolder({ name: "kubernetes", version }), "e2e.test");
}

function e2eTestStep(version?: string): Step {
  const set = e2eTests(version);
  const [program] = set.programs;
  invariant(program, "the set has the one program");
  return buildStep(set, program);
}

/** Builds what is missing and gives the paths. Instant when all is there. Rejects with a `StepError` that says what to do. */
export async function ensureAssets({
  progress,
  signal,
  ...options
}: AssetOptions & StepOptions = {}): Promise<KubeAssets> {
  await runSteps(assetSteps(options), { progress, signal });
  return kubeAssets(options);
}

/** The compiler's caches are ten times as large as the programs, and of no use once these are built. */
function freeGoCaches(isBuilt: () => Promise<boolean>): Step {
  const isKept = process.env["ANTREA_LAB_KEEP_GO_CACHE"] === "1";
  return {
    title: "free the compiler's caches (the programs are kept)",
    expectedSeconds: 5,
    isDone: async () =>
      isKept || ((await isBuilt()) && !existsSync(goModules()) && !existsSync(goObjects())),
    run: ({ log, signal }) =>
      withLock(
        "go-build",
        async () => {
          if (!(await isBuilt())) return log("Some programs are not built yet: the caches stay");
          for (const folder of [goModules(), goObjects()]) {
            log(`Removing ${folder}`);
            rmSync(folder, { recursive: true, force: true });
          }
        },
        { signal },
      ),
  };
}

function debianPath(name: string): string {
  const places = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"];
  const place = places.find((folder) => existsSync(join(folder, name))) ?? "/usr/bin";
  return join(place, name);
}
