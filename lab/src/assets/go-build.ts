import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheRoot } from "./cache.ts";
import { findGo } from "./go-toolchain.ts";
import { withLock } from "./lock.ts";
import type { Program, ProgramSet } from "./programs.ts";
import { runText } from "./run.ts";
import type { Step, StepContext } from "./steps.ts";

/** Where a set's binaries lie: `…/kube/1.36.3/`, `…/containerd/2.4.2/`, `…/coredns/1.15.0/`. */
export function binFolder(set: Pick<ProgramSet, "name" | "version">): string {
  return join(cacheRoot(), set.name === "kubernetes" ? "kube" : set.name, set.version);
}

/** A step that compiles one program from its Go module, checked against the checksums recorded here. */
export function buildStep(set: ProgramSet, program: Program): Step {
  const target = join(binFolder(set), program.name);
  const isDone = async (): Promise<boolean> => existsSync(target);
  return {
    title: `${program.name} ${set.version}`,
    expectedSeconds: program.expectedSeconds,
    advice:
      "Compiling needs the Go module registry, 8 GB of disk and 2 GB of memory. Run the same command again: it goes on where it stopped. If the registry says that it has no such version, choose another one (--kubernetes-version).",
    isDone,
    run: (context) =>
      withLock(
        "go-build",
        async () => {
          if (!(await isDone())) await build(set, program, target, context);
        },
        { onWait: () => context.log("Waiting for another build to end"), signal: context.signal },
      ),
  };
}

async function build(
  set: ProgramSet,
  program: Program,
  target: string,
  { log, signal }: StepContext,
): Promise<void> {
  const go = await findGo();
  if (!go) throw new Error("There is no Go to compile with");
  mkdirSync(binFolder(set), { recursive: true });
  const work = mkdtempSync(join(binFolder(set), ".partial-"));
  try {
    const { cwd, mod } = await moduleFor(set, work, go, { log, signal });
    const linker = Object.entries(set.stamp).map(([name, value]) => `-X ${name}=${value}`);
    await runText(
      go,
      [
        ...(program.isTest ? ["test", "-c", "-vet=off"] : ["build"]),
        `-mod=${mod}`,
        "-trimpath",
        "-buildvcs=false",
        `-tags=${set.tags.join(",")}`,
        `-ldflags=${["-s", "-w", ...linker].join(" ")}`,
        "-o",
        join(work, program.name),
        program.package,
      ],
      { cwd, env: goEnvironment(), log, signal },
    );
    renameSync(join(work, program.name), target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

export function goEnvironment(): Record<string, string> {
  return {
    CGO_ENABLED: "0",
    GOTOOLCHAIN: "local",
    GOFLAGS: "",
    GOWORK: "off",
    GOMODCACHE: goModules(),
    GOCACHE: goObjects(),
  };
}

export const goModules = (): string => join(cacheRoot(), "go-mod");
export const goObjects = (): string => join(cacheRoot(), "go-build");

/** The recorded module of this version, or one made on the spot, which Go checks against its public checksum log. */
async function moduleFor(
  set: ProgramSet,
  work: string,
  go: string,
  context: StepContext,
): Promise<{ cwd: string; mod: "readonly" | "mod" }> {
  const cwd = join(work, "module");
  const recorded = fileURLToPath(new URL(`modules/${set.name}-${set.version}`, import.meta.url));
  if (existsSync(recorded)) {
    cpSync(recorded, cwd, { recursive: true });
    return { cwd, mod: "readonly" };
  }
  if (set.name !== "kubernetes") throw new Error(`There is no ${recorded}`);
  mkdirSync(cwd);
  const options = { cwd, env: goEnvironment(), ...context };
  const own = `k8s.io/kubernetes@v${set.version}`;
  await runText(go, ["mod", "init", "antrea-lab/kubernetes"], options);
  const download = JSON.parse(await runText(go, ["mod", "download", "-json", own], options)) as {
    GoMod: string;
  };
  const replace = stagingModules(readFileSync(download.GoMod, "utf8")).map(
    (path) => `-replace=${path}=${path}@v${set.version.replace(/^1\./, "0.")}`,
  );
  await runText(go, ["mod", "edit", ...replace, `-require=${own}`], options);
  return { cwd, mod: "mod" };
}

/** The modules that Kubernetes requires at `v0.0.0`, to be had in the same release, and two that it needs besides. */
function stagingModules(goMod: string): readonly string[] {
  const listed = [...goMod.matchAll(/(k8s\.io\/[a-z0-9-]+) v0\.0\.0$/gm)].map((m) => m[1] ?? "");
  return [...new Set([...listed, "k8s.io/sample-cli-plugin", "k8s.io/sample-controller"])];
}
