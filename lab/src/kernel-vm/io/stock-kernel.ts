import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { droppedDrivers, keptModules } from "../kernel-package.ts";
import type { KernelKind, Workshop } from "./kernel-cache.ts";

/** The kernel that Debian installs on amd64; the machine's own stays as it is. */
export const stockKernel: KernelKind = {
  metaPackage: "linux-image-amd64",
  step: {
    title: "Debian's kernel with its modules",
    expectedSeconds: 30,
    advice: 'Run "apt-get update" and look at what it says; then run the same command again.',
  },
  image: "vmlinuz",
  nameOf: (archive) => archive.replace(/\.deb$/, ""),
  isOne: (name) => name.startsWith("linux-image-"),
  make: unpack,
};

async function unpack({ folder, archive, run }: Workshop): Promise<string> {
  await run("dpkg-deb", ["--extract", archive, "tree"]);
  const tree = join(folder, "tree");
  const [release = ""] = readdirSync(join(tree, "lib/modules"));
  prune(join(tree, "lib/modules", release, "kernel"));
  await run("depmod", ["--basedir", tree, release]);
  const kernel = join(folder, "kernel");
  mkdirSync(kernel);
  renameSync(join(tree, "boot", `vmlinuz-${release}`), join(kernel, "vmlinuz"));
  renameSync(join(tree, "lib/modules"), join(kernel, "modules"));
  return kernel;
}

function prune(folder: string): void {
  for (const name of readdirSync(folder))
    if (!keptModules.some((kept) => kept === name)) remove(join(folder, name));
  for (const driver of droppedDrivers) remove(join(folder, "drivers", driver));
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true });
}
