/** Bundles our programs into `build/`. `node tools/build.ts` does it; `install.ts` does it as a step. */
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Step, stderrProgress, runSteps, type StepContext } from "@antrea/lab/assets";
import { build } from "esbuild";
import { repository } from "./repository.ts";

/** Each program with its entry point. */
const programs: Readonly<Record<string, string>> = {
  "antrea-agent": "packages/agent/src/main.ts",
  "antrea-ovs": "packages/agent/src/ovs-main.ts",
  "ovs-appctl": "packages/agent/src/ovs-appctl-main.ts",
  "antrea-controller": "packages/controller/src/main.ts",
  antctl: "packages/antctl/src/main.ts",
};

const outDir = join(repository, "build");
const stampFile = join(outDir, ".sources");

/** Brings `build/` into line with the sources. */
export const buildStep: Step = {
  title: "our programs",
  expectedSeconds: 30,
  advice: "What is wrong is in a source file named above.",
  isDone: async () => existsSync(stampFile) && readFileSync(stampFile, "utf8") === sourceStamp(),
  run: buildAll,
};

async function buildAll({ log }: StepContext): Promise<void> {
  const stamp = sourceStamp();
  rmSync(stampFile, { force: true });
  mkdirSync(outDir, { recursive: true });
  const missing: string[] = [];
  for (const [name, entry] of Object.entries(programs)) {
    if (!existsSync(join(repository, entry))) missing.push(entry);
    else log(await bundle(name, entry));
  }
  copyKoffi();
  const { buildPlugin } = await import("../packages/cni/build.ts");
  await buildPlugin(join(outDir, "cni"), { onStep: log });
  if (missing.length > 0)
    throw new Error(`There is no ${missing.join(", no ")}; everything else was built`);
  writeFileSync(stampFile, stamp);
}

/** One file that needs nothing beside it but `koffi.node`; written only if it differs, so that images stay. */
async function bundle(name: string, entry: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: repository,
    entryPoints: [entry],
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    external: ["koffi", "*.node"],
    // CommonJS dependencies still ask for `require`.
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
    write: false,
    logLevel: "silent",
  });
  const text = outputFiles[0]?.text ?? "";
  const program = text.startsWith("#!") ? text : `#!/usr/bin/env node\n${text}`;
  const file = join(outDir, `${name}.mjs`);
  if (!existsSync(file) || readFileSync(file, "utf8") !== program) replace(file, program);
  return `${name}: ${Math.round(Buffer.byteLength(program) / 1024)} KiB`;
}

function replace(file: string, text: string): void {
  writeFileSync(`${file}.partial`, text);
  chmodSync(`${file}.partial`, 0o755);
  renameSync(`${file}.partial`, file);
}

/** The native half of the foreign function interface, which no bundler can take in. */
function copyKoffi(): void {
  const from = createRequire(import.meta.url).resolve(
    "@koromix/koffi-linux-x64/linux_x64/koffi.node",
  );
  const to = join(outDir, "koffi.node");
  if (existsSync(to) && readFileSync(to).equals(readFileSync(from))) return;
  copyFileSync(from, `${to}.partial`);
  renameSync(`${to}.partial`, to);
}

/** Names, sizes and times of every source file: quick to compute, and different after any edit. */
function sourceStamp(): string {
  const hash = createHash("sha256");
  hash.update(readFileSync(join(repository, "package-lock.json")));
  hash.update(readFileSync(join(repository, "tools/build.ts")));
  for (const entry of readdirSync(join(repository, "packages"), {
    recursive: true,
    withFileTypes: true,
  })) {
    if (!entry.isFile() || !/\.(ts|c|h|json)$/.test(entry.name) || entry.name.endsWith(".test.ts"))
      continue;
    const file = join(entry.parentPath, entry.name);
    if (file.includes("/node_modules/")) continue;
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

if (import.meta.main) await runSteps([buildStep], { progress: stderrProgress });
