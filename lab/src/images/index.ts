/**
 * Container images without a registry: made from the machine's own Debian packages, the cluster's
 * programs and our bundles, and held ready in a containerd root that every Node gets a copy of.
 */
import { existsSync } from "node:fs";
import { PRODUCT_VERSION } from "@antrea/api";
import {
  runSteps,
  type Step,
  type StepContext,
  type StepOptions,
  withLock,
} from "../assets/index.ts";
import { cloneRoot, prepareRoot, preparedRoot, pruneRoots } from "./containerd-root.ts";
import { forgetPackages } from "./debian.ts";
import { makeImages, refreshPackageLists } from "./image-builder.ts";
import {
  fullKey,
  type ImageOptions,
  isLowerPart,
  isProduct,
  isStable,
  layerKeys,
  makePlan,
  missingMaterials,
  type Plan,
  splitNames,
  stableKey,
} from "./image-plan.ts";
import { labRecipe } from "./lab-recipe.ts";
import { pruneLayers } from "./layer-builder.ts";
import { writeArchive } from "./oci.ts";
import { makePrograms } from "./programs.ts";

export type { ImageOptions } from "./image-plan.ts";

/** Full names of the images that programs ask for by a constant. */
export const imageNames = {
  agent: `docker.io/antrea/antrea-agent:${PRODUCT_VERSION}`,
  controller: `docker.io/antrea/antrea-controller:${PRODUCT_VERSION}`,
  pause: "registry.k8s.io/pause:3.10.2",
  agnhost: "registry.k8s.io/e2e-test-images/agnhost:2.63.0",
  nginx: "docker.io/library/nginx:1.21",
  busybox: "docker.io/library/busybox:latest",
  iperf3: "docker.io/networkstatic/iperf3:latest",
  coredns: Object.keys(labRecipe.images).find((name) => name.includes("coredns")) ?? "",
} as const;

/** A prepared containerd root, and every image name in it. */
export interface ImageSet {
  readonly root: string;
  readonly names: readonly string[];
}

/** The steps that make the images: first what changes with versions only, then ours on top. */
export function imageSteps(options: ImageOptions = {}): readonly Step[] {
  const plan = makePlan(options);
  const isPrepared = (key: string | undefined): boolean =>
    key !== undefined && existsSync(preparedRoot(key));
  return [
    {
      title: "container images of Debian packages and test programs",
      expectedSeconds: 45,
      advice: 'See whether "apt-get update" works, and run the same command again.',
      isDone: async () => isPrepared(stableKey(plan)),
      run: (context) => locked(context, () => prepareStable(plan, context)),
    },
    ...(options.product === false ? [] : [ours(plan, isPrepared)]),
  ];
}

function ours(plan: Plan, isPrepared: (key: string | undefined) => boolean): Step {
  return {
    title: "our container images",
    expectedSeconds: 6,
    advice: 'The programs in them come from "make build".',
    isDone: async () => isPrepared(fullKey(plan)),
    run: (context) => locked(context, () => prepareFull(plan, context)),
  };
}

/** Makes what is missing and tells where it is. Takes some 50 ms when all is there. */
export async function ensureImages({
  progress,
  signal,
  ...options
}: ImageOptions & StepOptions = {}): Promise<ImageSet> {
  await runSteps(imageSteps(options), { progress, signal });
  const plan = makePlan(options);
  const isOurs = options.product !== false;
  const key = isOurs ? fullKey(plan) : stableKey(plan);
  if (!key)
    throw new Error(`There is no ${missingMaterials(plan).join(", no ")}: run "make build"`);
  const names = Object.keys(plan.recipe.images).filter(
    (name) => !isLowerPart(name) && (isOurs || !isProduct(name)),
  );
  return { root: preparedRoot(key), names: names.flatMap(splitNames) };
}

/**
 * Makes `to` a containerd root of its own that has all images of `set`, imported and unpacked,
 * in well under a second. `to` must not exist, nor lie on an overlay file system.
 */
export async function provisionContainerdRoot(set: ImageSet, to: string): Promise<void> {
  await cloneRoot(set.root, to);
}

/** Writes the product's images as one OCI archive, for a registry or another cluster. */
export async function exportProductImages(
  file: string,
  {
    log = () => {},
    signal = new AbortController().signal,
    ...options
  }: ImageOptions & Partial<StepContext> = {},
): Promise<void> {
  const plan = makePlan(options);
  const context = { log, signal };
  await locked(context, async () => {
    await refreshPackageLists(context);
    await makePrograms(plan.materials, context);
    await writeArchive(file, await makeImages(plan, isProduct, context));
  });
}

async function prepareStable(plan: Plan, context: StepContext): Promise<void> {
  await refreshPackageLists(context);
  await makePrograms(plan.materials, context);
  const key = stableKey(plan);
  if (!key)
    throw new Error(`The cluster's programs are missing: ${missingMaterials(plan).join(", ")}`);
  if (existsSync(preparedRoot(key))) return;
  const images = await makeImages(plan, isStable, context);
  await prepareRoot({ key, images, known: [] }, plan.assets, context);
  forgetPackages();
}

async function prepareFull(plan: Plan, context: StepContext): Promise<void> {
  const key = fullKey(plan);
  const base = stableKey(plan);
  if (!key || !base) throw new Error(`There is no ${missingMaterials(plan).join(", no ")}`);
  if (existsSync(preparedRoot(key))) return;
  const known = await makeImages(plan, isStable, context);
  const images = await makeImages(plan, isProduct, context);
  await prepareRoot({ key, base: preparedRoot(base), images, known }, plan.assets, context);
  pruneRoots([key, base]);
  pruneLayers(layerKeys(plan));
}

const locked = (context: StepContext, body: () => Promise<void>): Promise<void> =>
  withLock("images", body, {
    onWait: () => context.log("Waiting for another run"),
    signal: context.signal,
  });
