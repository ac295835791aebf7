import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { runText, type Step, type StepContext, withLock } from "../../assets/index.ts";
import { LabError } from "../../errors.ts";
import { kernelSource } from "../kernel-package.ts";
import { missingOptions, umlConfig } from "../uml-config.ts";
import { type Kernel, kernelsFolder } from "./kernel.ts";

/** The kernel in the cache that has today's options; of several, the last one by name. */
export function findUmlKernel(): Kernel | undefined {
  const root = kernelsFolder();
  const name = existsSync(root)
    ? readdirSync(root)
        .filter((entry) => entry.startsWith("user-mode-") && entry.endsWith(`-${configKey()}`))
        .toSorted()
        .at(-1)
    : undefined;
  if (name === undefined) return undefined;
  const modules = join(root, name, "modules");
  const [release] = readdirSync(modules);
  if (release === undefined) return undefined;
  return { release, image: join(root, name, "linux"), modules };
}

/** Builds Debian's kernel as a user-mode Linux, from the source that Debian builds its own of, into the cache. */
export const umlKernelStep: Step = {
  title: "Debian's kernel, built as a user-mode Linux",
  expectedSeconds: 420,
  advice:
    "It takes 2 GB of disk while it is built, and programs of Debian's packages flex, bison, bc, gcc and make (make install). Run the same command again.",
  isDone: async () => findUmlKernel() !== undefined,
  run: (context) =>
    withLock("uml-kernel", () => buildKernel(context), {
      onWait: () => context.log("Waiting for another run"),
      signal: context.signal,
    }),
};

async function buildKernel({ log, signal }: StepContext): Promise<void> {
  if (findUmlKernel()) return;
  const name = kernelSource(await runText("apt-cache", ["depends", "linux-source"], { log }));
  if (name === undefined)
    throw new LabError({
      saw: "apt knows no source of a kernel by the name linux-source",
      wanted: "package lists of Debian",
      remedy: "apt-get update",
    });
  const partial = join(kernelsFolder(), `${process.pid}.partial`);
  mkdirSync(partial, { recursive: true });
  try {
    const run = (program: string, args: readonly string[], cwd = partial) =>
      runText(program, args, { cwd, log, signal });
    await run("apt-get", ["download", name]);
    const [archive = ""] = readdirSync(partial).filter((file) => file.endsWith(".deb"));
    await run("dpkg-deb", ["--extract", archive, "package"]);
    await run("tar", ["--extract", "--file", `package/usr/src/${name}.tar.xz`]);
    const made = await make(join(partial, name), { partial, run });
    renameSync(made, join(kernelsFolder(), `user-mode-${versionOf(archive)}-${configKey()}`));
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

interface Workshop {
  readonly partial: string;
  run(program: string, args: readonly string[], cwd?: string): Promise<unknown>;
}

/** Gives the folder with the kernel and its modules. */
async function make(source: string, { partial, run }: Workshop): Promise<string> {
  const [out, tree, kernel] = ["out", "tree", "kernel"].map((name) => join(partial, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(out);
  mkdirSync(kernel);
  const target = (...words: readonly string[]) =>
    run("make", ["ARCH=um", `O=${out}`, ...words], source);
  await target("x86_64_defconfig");
  const config = join(out, ".config");
  // the last line of a symbol holds
  writeFileSync(config, `${readFileSync(config, "utf8")}${umlConfig()}`);
  await target("olddefconfig");
  const missing = missingOptions(readFileSync(config, "utf8"));
  if (missing.length > 0)
    throw new LabError({
      saw: `This source has no ${missing.join(", ")}`,
      wanted: "a kernel for labs, with the options of lab/src/kernel-vm/uml-config.ts",
      remedy: "correct the names there for this version",
    });
  await target(`-j${availableParallelism()}`, "linux", "modules");
  await target("modules_install", `INSTALL_MOD_PATH=${tree}`, "INSTALL_MOD_STRIP=1");
  renameSync(join(out, "linux"), join(kernel, "linux"));
  renameSync(join(tree, "lib/modules"), join(kernel, "modules"));
  for (const release of readdirSync(join(kernel, "modules")))
    for (const link of ["build", "source"])
      rmSync(join(kernel, "modules", release, link), { force: true });
  return kernel;
}

/** linux-source-6.1_6.1.192-3_all.deb is 6.1.192-3. */
function versionOf(archive: string): string {
  return archive.split("_")[1] ?? archive;
}

function configKey(): string {
  return createHash("sha256").update(umlConfig()).digest("hex").slice(0, 12);
}
