import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheRoot, runText, type Step, type StepContext, withLock } from "../../assets/index.ts";
import { LabError } from "../../errors.ts";
import { dependencyOf } from "../kernel-package.ts";

/** A kernel of Debian's with its modules, in the cache. */
export interface Kernel {
  /** As `uname -r` says it. */
  readonly release: string;
  readonly image: string;
  /** What the guest has as /lib/modules. */
  readonly modules: string;
}

/** How one kind of kernel lies in the cache: a folder with the file `image` and the folder `modules`. */
export interface KernelKind {
  /** The Debian package that depends on the one to take, such as linux-image-amd64. */
  readonly metaPackage: string;
  /** What is said of making it. */
  readonly step: Pick<Step, "title" | "expectedSeconds" | "advice">;
  readonly image: string;
  /** The folder's name, of that of the package's file; and which folders are such ones. */
  readonly nameOf: (archive: string) => string;
  readonly isOne: (name: string) => boolean;
  /** Makes such a folder beside the package's file, in `workshop.folder`, and gives its path. */
  readonly make: (workshop: Workshop) => Promise<string>;
}

/** Where a kernel is made. */
export interface Workshop {
  readonly folder: string;
  /** The package, and its file there. */
  readonly name: string;
  readonly archive: string;
  /** Runs a program in that folder, or in another. */
  run(program: string, args: readonly string[], cwd?: string): Promise<unknown>;
}

/** The one in the cache; of several, the last one by name. */
export function findKernel({ isOne, image }: KernelKind): Kernel | undefined {
  const root = kernelsFolder();
  const name = existsSync(root) ? readdirSync(root).filter(isOne).toSorted().at(-1) : undefined;
  if (name === undefined) return undefined;
  const modules = join(root, name, "modules");
  const [release] = readdirSync(modules);
  if (release === undefined) return undefined;
  return { release, image: join(root, name, image), modules };
}

/** Text of modules.dep(5). */
export function modulesDepOf({ modules, release }: Kernel): string {
  return readFileSync(join(modules, release, "modules.dep"), "utf8");
}

/** Downloads the package and makes the kernel, unless it is there; one run at a time. */
export function kernelStep(kind: KernelKind): Step {
  return {
    ...kind.step,
    isDone: async () => findKernel(kind) !== undefined,
    run: (context) =>
      withLock(`kernel-vm-${kind.metaPackage}`, () => fetchKernel(kind, context), {
        onWait: () => context.log("Waiting for another run"),
        signal: context.signal,
      }),
  };
}

async function fetchKernel(kind: KernelKind, { log, signal }: StepContext): Promise<void> {
  if (findKernel(kind)) return;
  const { metaPackage } = kind;
  const name = dependencyOf(await runText("apt-cache", ["depends", metaPackage], { log }));
  if (name === undefined)
    throw new LabError({
      saw: `apt knows nothing by the name ${metaPackage}`,
      wanted: "package lists of Debian for amd64",
      remedy: "apt-get update",
    });
  const folder = join(kernelsFolder(), `${metaPackage}.partial`);
  rmSync(folder, { recursive: true, force: true }); // of a run that was killed
  mkdirSync(folder, { recursive: true });
  try {
    const run = (program: string, args: readonly string[], cwd = folder) =>
      runText(program, args, { cwd, log, signal });
    await run("apt-get", ["download", name]);
    const [archive = ""] = readdirSync(folder).filter((file) => file.endsWith(".deb"));
    const made = await kind.make({ folder, name, archive, run });
    renameSync(made, join(kernelsFolder(), kind.nameOf(archive)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function kernelsFolder(): string {
  return join(cacheRoot(), "kernel-vm");
}
