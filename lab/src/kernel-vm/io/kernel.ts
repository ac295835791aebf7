import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheRoot, runText, type Step, type StepContext, withLock } from "../../assets/index.ts";
import { LabError } from "../../errors.ts";
import { droppedDrivers, keptModules, kernelPackage } from "../kernel-package.ts";

/** A kernel of Debian's with its modules, in the cache. */
export interface Kernel {
  /** As `uname -r` says it. */
  readonly release: string;
  readonly image: string;
  /** What the guest has as /lib/modules. */
  readonly modules: string;
}

/** The kernel in the cache; of several, the last one fetched by name. */
export function findKernel(): Kernel | undefined {
  const root = kernelsFolder();
  const name = existsSync(root)
    ? readdirSync(root)
        .filter((entry) => entry.startsWith("linux-image-") && !entry.endsWith(".partial"))
        .toSorted()
        .at(-1)
    : undefined;
  if (name === undefined) return undefined;
  const modules = join(root, name, "modules");
  const [release] = readdirSync(modules);
  if (release === undefined) return undefined;
  return { release, image: join(root, name, "vmlinuz"), modules };
}

/** Text of modules.dep(5). */
export function modulesDepOf({ modules, release }: Kernel): string {
  return readFileSync(join(modules, release, "modules.dep"), "utf8");
}

/** Fetches the kernel that Debian installs on amd64, into the cache; the machine's own stays as it is. */
export const kernelStep: Step = {
  title: "Debian's kernel with its modules",
  expectedSeconds: 30,
  advice: 'Run "apt-get update" and look at what it says; then run the same command again.',
  isDone: async () => findKernel() !== undefined,
  run: (context) =>
    withLock("kernel-vm", () => fetchKernel(context), {
      onWait: () => context.log("Waiting for another run"),
      signal: context.signal,
    }),
};

async function fetchKernel({ log, signal }: StepContext): Promise<void> {
  if (findKernel()) return;
  const name = kernelPackage(await runText("apt-cache", ["depends", "linux-image-amd64"], { log }));
  if (name === undefined)
    throw new LabError({
      saw: "apt knows no kernel by the name linux-image-amd64",
      wanted: "package lists of Debian for amd64",
      remedy: "apt-get update",
    });
  const partial = join(kernelsFolder(), `${process.pid}.partial`);
  mkdirSync(partial, { recursive: true });
  try {
    await runText("apt-get", ["download", name], { cwd: partial, log, signal });
    const [archive = ""] = readdirSync(partial).filter((file) => file.endsWith(".deb"));
    await runText("dpkg-deb", ["--extract", archive, "tree"], { cwd: partial, log, signal });
    const tree = join(partial, "tree");
    const [release = ""] = readdirSync(join(tree, "lib/modules"));
    prune(join(tree, "lib/modules", release, "kernel"));
    await runText("depmod", ["--basedir", tree, release], { log, signal });
    const kernel = join(partial, "kernel");
    mkdirSync(kernel);
    renameSync(join(tree, "boot", `vmlinuz-${release}`), join(kernel, "vmlinuz"));
    renameSync(join(tree, "lib/modules"), join(kernel, "modules"));
    renameSync(kernel, join(kernelsFolder(), archive.replace(/\.deb$/, "")));
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

function prune(folder: string): void {
  for (const name of readdirSync(folder))
    if (!keptModules.some((kept) => kept === name)) remove(join(folder, name));
  for (const driver of droppedDrivers) remove(join(folder, "drivers", driver));
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

export function kernelsFolder(): string {
  return join(cacheRoot(), "kernel-vm");
}
