import { runText, type StepContext } from "../assets/index.ts";
import { chains, type Plan, splitNames } from "./image-plan.ts";
import { buildLayer } from "./layer-builder.ts";
import { composeImage, type Image } from "./oci.ts";

/** Makes the layers of those images that `wanted` picks, unless they lie in the cache, and composes the images. */
export async function makeImages(
  plan: Plan,
  wanted: (name: string) => boolean,
  context: StepContext,
): Promise<readonly Image[]> {
  const made: Image[] = [];
  for (const [names, image] of Object.entries(plan.recipe.images).filter(([name]) =>
    wanted(name),
  )) {
    const layers = [];
    for (const chain of chains(image)) {
      context.log(`Layer ${chain.at(-1)} of ${names}`);
      layers.push(await buildLayer(plan.recipe, chain, plan.materials, context));
    }
    made.push(composeImage(splitNames(names), image, layers));
  }
  return made;
}

/** Brings apt's lists up to date, so that what they name can be downloaded. */
export async function refreshPackageLists({ log, signal }: StepContext): Promise<void> {
  await runText("apt-get", ["update"], { log, signal });
}
