import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { LabError } from "../../errors.ts";
import { otherOptions, umlConfig } from "../uml-config.ts";
import { changedSource, umlSourceChanges } from "../uml-source.ts";
import type { KernelKind, Workshop } from "./kernel-cache.ts";

/** With other options, or another change of the source, it is another kernel. */
const configKey = createHash("sha256")
  .update(umlConfig())
  .update(JSON.stringify(umlSourceChanges))
  .digest("hex")
  .slice(0, 12);

/** Debian's kernel as a user-mode Linux, built from the source that Debian builds its own of. */
export const umlKernel: KernelKind = {
  metaPackage: "linux-source",
  step: {
    title: "Debian's kernel, built as a user-mode Linux",
    expectedSeconds: 310,
    advice:
      "It takes 2 GB of disk while it is built, and programs of Debian's packages flex, bison, bc, gcc and make (make install). Run the same command again.",
  },
  image: "linux",
  // linux-source-6.1_6.1.192-3_all.deb is of version 6.1.192-3
  nameOf: (archive) => `user-mode-${archive.split("_")[1]}-${configKey}`,
  isOne: (name) => name.startsWith("user-mode-") && name.endsWith(`-${configKey}`),
  make: build,
};

async function build({ folder, name, archive, run }: Workshop): Promise<string> {
  await run("dpkg-deb", ["--extract", archive, "package"]);
  await run("tar", ["--extract", "--file", `package/usr/src/${name}.tar.xz`]);
  changeSource(join(folder, name));
  const out = join(folder, "out");
  mkdirSync(out);
  const make = (...words: readonly string[]) =>
    run("make", ["ARCH=um", `O=${out}`, ...words], join(folder, name));
  await make("x86_64_defconfig");
  const config = join(out, ".config");
  // the last line of a symbol holds
  writeFileSync(config, `${readFileSync(config, "utf8")}${umlConfig()}`);
  await make("olddefconfig");
  const others = otherOptions(readFileSync(config, "utf8"));
  if (others.length > 0)
    throw new LabError({
      saw: `This source cannot be built with ${others.join(", ")}`,
      wanted: "a kernel for labs, with the options of lab/src/kernel-vm/uml-config.ts",
      remedy: "correct the names there for this version",
    });
  await make(`-j${availableParallelism()}`, "linux", "modules");
  const tree = join(folder, "tree");
  await make("modules_install", `INSTALL_MOD_PATH=${tree}`, "INSTALL_MOD_STRIP=1");
  const kernel = join(folder, "kernel");
  mkdirSync(kernel);
  renameSync(join(out, "linux"), join(kernel, "linux"));
  renameSync(join(tree, "lib/modules"), join(kernel, "modules"));
  for (const release of readdirSync(join(kernel, "modules")))
    for (const link of ["build", "source"])
      rmSync(join(kernel, "modules", release, link), { force: true });
  return kernel;
}

function changeSource(folder: string): void {
  for (const change of umlSourceChanges) {
    const path = join(folder, change.file);
    const text = changedSource(readFileSync(path, "utf8"), change);
    if (text === undefined)
      throw new LabError({
        saw: `${change.file} of this source is not what is changed in it`,
        wanted: "a kernel that runs on newer machines too, by lab/src/kernel-vm/uml-source.ts",
        remedy: "see there whether this version needs the change, and correct it",
      });
    writeFileSync(path, text);
  }
}
