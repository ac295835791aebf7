import {
  assetSteps,
  type KubeAssets,
  kubeAssets,
  runSteps,
  type StepOptions,
} from "../assets/index.ts";
import { preparedRoot } from "../images/containerd-root.ts";
import { makePlan, stableKey } from "../images/image-plan.ts";
import { ensureImages, type ImageSet, imageSteps } from "../images/index.ts";
import { LabError } from "../errors.ts";
import { type PolicyApi, policyApiOf } from "../cluster/pull-policy.ts";
import type { LabOptions } from "../options.ts";
import { run } from "./command.ts";

/** What a cluster is made of: programs and images, both in a cache outside the checkout. */
export interface Materials {
  readonly programs: KubeAssets;
  readonly images: ImageSet;
  /** Of the API server, which may be one's own of any version. */
  readonly policyApi: PolicyApi | undefined;
}

/** Finds what the lab needs; builds what is missing unless the options forbid it. */
export async function gatherMaterials(
  { kubeAssets: dir, kubernetesVersion: version, install, cni }: LabOptions,
  steps: StepOptions,
): Promise<Materials> {
  const wanted = { dir, version };
  const programSteps = assetSteps(wanted);
  if (!install) await requireDone(programSteps);
  await runSteps(install ? programSteps : [], steps);
  const programs = kubeAssets(wanted);
  const policyApi = policyApiOf(await run([programs.kubeApiserver, "--version"]));

  // Without the product its images need not be there: the house may be under construction.
  const [stable, ...ours] = imageSteps({ assets: programs });
  const needed = [...(stable ? [stable] : []), ...(cni === "antrea" ? ours : [])];
  if (!install) await requireDone(needed);
  if (cni === "antrea")
    return { programs, policyApi, images: await ensureImages({ assets: programs, ...steps }) };
  await runSteps(needed, steps);
  const key = stableKey(makePlan({ assets: programs }));
  return { programs, policyApi, images: { root: preparedRoot(key ?? ""), names: [] } };
}

async function requireDone(steps: ReturnType<typeof assetSteps>): Promise<void> {
  const done = await Promise.all(steps.map((step) => step.isDone()));
  const missing = steps.filter((_, i) => !done[i]).map((step) => step.title);
  if (missing.length === 0) return;
  throw new LabError({
    saw: `Not on this machine yet: ${missing.join(", ")}`,
    wanted: "everything the lab starts to be there, since --no-install forbids to make it",
    remedy: "run the same command without --no-install, or: make install",
  });
}
