import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheRoot, type RunOptions, runBytes, runText } from "../assets/index.ts";
import { decodeTar, type TarEntry } from "./tar-format.ts";

/** One package as the machine's own sources offer it. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  /** Such as `amd64`, or `all`. */
  readonly architecture: string;
}

const emptySystem = ["-o", "Dir::State::status=/dev/null", "-o", "APT::Install-Recommends=0"];

const closures = new Map<string, Promise<readonly DebianPackage[]>>();

/** `packages` and everything that they need on a system without any. Asked once a process, then remembered. */
export function packageClosure(
  packages: readonly string[],
  options: RunOptions,
): Promise<readonly DebianPackage[]> {
  const key = packages.join(" ");
  const closure = closures.get(key) ?? askApt(packages, options);
  closures.set(key, closure);
  return closure;
}

async function askApt(
  packages: readonly string[],
  options: RunOptions,
): Promise<readonly DebianPackage[]> {
  if (packages.length === 0) return [];
  const plan = await runText("apt-get", ["-s", ...emptySystem, "install", ...packages], options);
  return [...plan.matchAll(/^Inst (\S+) \((\S+) .*\[(\w+)\]\)/gm)].map(
    ([, name = "", version = "", architecture = ""]) => ({ name, version, architecture }),
  );
}

/** The files of each package, in the order given, fetched by apt and checked by it. */
export async function packageFiles(
  packages: readonly DebianPackage[],
  options: RunOptions,
): Promise<readonly TarEntry[]> {
  const folder = downloads();
  mkdirSync(folder, { recursive: true });
  const missing = packages.filter((p) => !existsSync(join(folder, fileName(p))));
  const wanted = missing.map((p) => `${p.name}=${p.version}`);
  if (wanted.length > 0)
    await runText("apt-get", ["-o", "APT::Sandbox::User=root", "download", ...wanted], {
      ...options,
      cwd: folder,
    });
  const entries: TarEntry[] = [];
  for (const one of packages) {
    const file = findFile(folder, one);
    const archive = await runBytes("dpkg-deb", ["--fsys-tarfile", file], {
      signal: options.signal,
    });
    entries.push(...decodeTar(archive));
  }
  return entries;
}

/** Removes what was downloaded: a layer made of it needs it no longer. */
export function forgetPackages(): void {
  rmSync(downloads(), { recursive: true, force: true });
}

const downloads = (): string => join(cacheRoot(), "images", "packages");

function findFile(folder: string, one: DebianPackage): string {
  const file = join(folder, fileName(one));
  if (!existsSync(file)) throw new Error(`apt-get download left no ${file}`);
  return file;
}

/** apt names a downloaded package after its version with the colon of the epoch escaped. */
function fileName({ name, version, architecture }: DebianPackage): string {
  return `${name}_${version.replaceAll(":", "%3a")}_${architecture}.deb`;
}
