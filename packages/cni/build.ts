import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";

/**
 * Builds the plugin: TypeScript to one ES2020 file (esbuild), that to bytecode in C (QuickJS's
 * compiler), that and the engine to one static executable (gcc). `node packages/cni/build.ts` does it.
 */

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
const repository = join(here, "../..");
const quickjs = join(
  dirname(createRequire(import.meta.url).resolve("qjsc/package.json")),
  "deps/quickjs_2021_03_27",
);
const native = join(here, "src/native/unix.c");
const engineSources = ["quickjs", "libregexp", "libunicode", "cutils", "quickjs-libc", "libbf"];
const compileFlags = [
  "-O2",
  "-w",
  "-D_GNU_SOURCE",
  "-DCONFIG_BIGNUM",
  '-DCONFIG_VERSION="2021-03-27"',
];
const libraries = ["-lm", "-ldl", "-lpthread"];

export interface PluginBuild {
  /** The static executable: what is installed as /opt/cni/bin/antrea. */
  readonly plugin: string;
  /** The same source for Node: the reference in tests. Run it as `node FILE`. */
  readonly reference: string;
  /** The program of the install-cni container. Run it as `node FILE`. */
  readonly installer: string;
}

/** Builds what is not there or older than its sources. The engine is compiled once, in about 20 s. */
export async function buildPlugin(
  outDir = join(repository, "build/cni"),
  { onStep = () => {} }: { readonly onStep?: (text: string) => void } = {},
): Promise<PluginBuild> {
  mkdirSync(outDir, { recursive: true });
  const engine = await buildEngine(outDir, onStep);
  const built: PluginBuild = {
    plugin: join(outDir, "antrea"),
    reference: join(outDir, "antrea-reference.mjs"),
    installer: join(outDir, "install-cni.mjs"),
  };
  for (const [entry, file] of [
    ["src/main.ts", built.reference],
    ["src/install-main.ts", built.installer],
  ] as const) {
    replaceIfDifferent(file, await bundleForNode(entry));
  }
  const script = await bundle("src/quickjs-main.ts", {
    platform: "neutral",
    target: "es2020",
    external: ["std", "os", "antrea_unix"],
  });
  const key = hash(script, readFileSync(native, "utf8"), engine.key);
  if (isStamped(built.plugin, key)) return built;
  onStep("Link the plugin");
  await inScratch(outDir, (scratch) => link(script, engine, { scratch, file: built.plugin }));
  writeText(`${built.plugin}.key`, key);
  return built;
}

/** Script to bytecode to executable. */
async function link(
  script: string,
  engine: Engine,
  { scratch, file }: { readonly scratch: string; readonly file: string },
): Promise<void> {
  const scriptFile = join(scratch, "antrea.js");
  const bytecode = join(scratch, "antrea.c");
  const executable = join(scratch, "antrea");
  writeText(scriptFile, script);
  const modules = ["-M", "antrea_unix,antrea_unix"];
  await run(engine.compiler, ["-e", "-m", ...modules, "-o", bytecode, scriptFile]);
  await run("gcc", [
    ...compileFlags,
    "-static",
    "-s",
    `-I${quickjs}`,
    bytecode,
    native,
    ...engine.objects,
    ...libraries,
    `-o${executable}`,
  ]);
  renameSync(executable, file);
}

interface Engine {
  readonly key: string;
  readonly compiler: string;
  readonly objects: readonly string[];
}

/** Compiles QuickJS into a folder named after what it was made of, so that it is made once. */
async function buildEngine(outDir: string, onStep: (text: string) => void): Promise<Engine> {
  const sources = [...engineSources, "qjsc"].map((name) => join(quickjs, `${name}.c`));
  const key = hash(...compileFlags, ...sources.map((file) => readFileSync(file, "utf8")));
  const dir = join(outDir, `engine-${key}`);
  const engine: Engine = {
    key,
    compiler: join(dir, "qjsc"),
    objects: engineSources.map((name) => join(dir, `${name}.o`)),
  };
  if (existsSync(dir)) return engine;
  onStep("Compile the QuickJS engine, once");
  await inScratch(outDir, async (scratch) => {
    await Promise.all(
      engineSources.map((name) =>
        run("gcc", [
          ...compileFlags,
          "-c",
          join(quickjs, `${name}.c`),
          `-o${join(scratch, `${name}.o`)}`,
        ]),
      ),
    );
    const objects = engineSources.map((name) => join(scratch, `${name}.o`));
    await run("gcc", [
      ...compileFlags,
      join(quickjs, "qjsc.c"),
      ...objects,
      ...libraries,
      `-o${join(scratch, "qjsc")}`,
    ]);
    if (!existsSync(dir)) renameSync(scratch, dir); // another build may have been faster
  });
  return engine;
}

function bundleForNode(entry: string): Promise<string> {
  const banner = { js: "#!/usr/bin/env node" };
  return bundle(entry, { platform: "node", target: "node24", banner });
}

async function bundle(
  entry: string,
  options: {
    readonly platform: "node" | "neutral";
    readonly target: string;
    readonly external?: string[];
    readonly banner?: { readonly js: string };
  },
): Promise<string> {
  const result = await build({
    absWorkingDir: here,
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    write: false,
    minifySyntax: true,
    ...options,
  });
  const [file] = result.outputFiles;
  if (!file) throw new Error(`esbuild gave nothing for ${entry}`);
  return file.text;
}

/** A folder of its own below `outDir`, gone afterwards. */
async function inScratch(outDir: string, work: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(outDir, "scratch-"));
  try {
    await work(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function isStamped(file: string, key: string): boolean {
  const stamp = `${file}.key`;
  return existsSync(file) && existsSync(stamp) && readFileSync(stamp, "utf8") === key;
}

/** By a rename, so that a reader never sees half of it. */
function writeText(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}

function replaceIfDifferent(file: string, text: string): void {
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  writeText(file, text);
  chmodSync(file, 0o755);
}

function hash(...parts: readonly string[]): string {
  const all = createHash("sha256");
  for (const part of parts) all.update(part).update("\0");
  return all.digest("hex").slice(0, 16);
}

if (import.meta.main) {
  const { plugin } = await buildPlugin(undefined, { onStep: (text) => console.log(text) });
  console.log(`${plugin}: ${Math.round(statSync(plugin).size / 1024)} KiB`);
}
