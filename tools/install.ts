/**
 * Brings onto this machine whatever a lab and the tests need, step by step. What is there already
 * is left alone: a second run takes a fraction of a second. `make install` runs it.
 */
import { parseArgs } from "node:util";
import { assetSteps, kubeAssets, runSteps, StepError, stderrProgress } from "@antrea/lab/assets";
import { imageSteps } from "@antrea/lab/images";
import { buildStep } from "./build.ts";
import { debianPackagesStep } from "./debian-packages.ts";

const { values } = parseArgs({
  options: {
    "kube-assets": { type: "string" },
    "kubernetes-version": { type: "string" },
    /** Also what `make conformance` needs. */
    conformance: { type: "boolean" },
  },
});

const interrupted = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => interrupted.abort());

const assets = { dir: values["kube-assets"], version: values["kubernetes-version"] };
const steps = [
  debianPackagesStep,
  ...assetSteps({ ...assets, e2e: values.conformance, policyApi: true }),
  buildStep,
  ...imageSteps({ assets: kubeAssets(assets) }),
];
try {
  await runSteps(steps, { progress: stderrProgress, signal: interrupted.signal });
} catch (error) {
  if (interrupted.signal.aborted)
    console.error("Interrupted. The same command goes on where it stopped.");
  else console.error(error instanceof StepError ? error.message : error);
  process.exitCode = 1;
}
