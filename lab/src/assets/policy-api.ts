import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheRoot } from "./cache.ts";
import { goEnvironment } from "./go-build.ts";
import { findGo } from "./go-toolchain.ts";
import { withLock } from "./lock.ts";
import { runText } from "./run.ts";
import type { Step, StepContext } from "./steps.ts";
import { versions } from "./versions.ts";

const MODULE = "sigs.k8s.io/network-policy-api";

type Release = (typeof versions.policyApi)[number];

/**
 * Files with the CustomResourceDefinitions of policy.networking.k8s.io, experimental fields too. They are
 * upstream's and no part of a cluster: whoever wants the kinds applies them.
 */
export function policyApiDefinitions(): readonly string[] {
  return versions.policyApi.flatMap((release) =>
    release.plurals.map((plural) => join(folderOf(release), fileOf(plural))),
  );
}

export const policyApiStep: Step = {
  title: "definitions of policy.networking.k8s.io",
  expectedSeconds: 5,
  advice: "This needs the Go module registry. Run the same command again.",
  isDone: async () => policyApiDefinitions().every((file) => existsSync(file)),
  run: (context) =>
    withLock(
      "go-build",
      async () => {
        for (const release of versions.policyApi) await take(release, context);
      },
      { onWait: () => context.log("Waiting for a build to end"), signal: context.signal },
    ),
};

/** The folder is there as a whole or not at all. */
async function take(release: Release, { log, signal }: StepContext): Promise<void> {
  if (existsSync(folderOf(release))) return;
  const go = await findGo();
  if (!go) throw new Error("There is no Go to download with");
  mkdirSync(join(cacheRoot(), "network-policy-api"), { recursive: true });
  const work = mkdtempSync(join(cacheRoot(), "network-policy-api", ".partial-"));
  try {
    const args = ["mod", "download", "-json", `${MODULE}@v${release.version}`];
    const options = { cwd: work, env: goEnvironment(), log, signal };
    const { Dir, Sum } = JSON.parse(await runText(go, args, options)) as Record<string, string>;
    if (Sum !== release.sum)
      throw new Error(`${MODULE} ${release.version} has the sum ${Sum}, not ${release.sum}`);
    for (const plural of release.plurals)
      copyFileSync(
        join(Dir ?? "", "config/crd/experimental", fileOf(plural)),
        join(work, fileOf(plural)),
      );
    renameSync(work, folderOf(release));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function folderOf({ version }: Release): string {
  return join(cacheRoot(), "network-policy-api", version);
}

function fileOf(plural: string): string {
  return `policy.networking.k8s.io_${plural}.yaml`;
}
