import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cacheRoot, type KubeAssets, runText, type StepContext } from "../assets/index.ts";
import { type Image, writeArchive } from "./oci.ts";

/** The folder that holds a prepared containerd root of that key. */
export function preparedRoot(key: string): string {
  return join(cacheRoot(), "images", "roots", key);
}

/**
 * Makes a containerd root that has `images` imported and unpacked, by a containerd that runs only
 * for that. `base` is a root to start from; what it has already is neither copied nor unpacked again.
 */
export async function prepareRoot(
  {
    key,
    base,
    images,
    known,
  }: { key: string; base?: string; images: readonly Image[]; known: readonly Image[] },
  assets: Pick<KubeAssets, "containerd" | "ctr">,
  context: StepContext,
): Promise<void> {
  const partial = `${preparedRoot(key)}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(dirname(partial), { recursive: true });
  if (base) await cloneRoot(base, partial);
  else mkdirSync(partial);
  const archive = `${partial}.tar`;
  try {
    const stored = known.flatMap((image) => image.layers.map((layer) => layer.digest));
    await writeArchive(archive, images, new Set(stored));
    await withContainerd(assets, partial, context, async (ctr) => {
      await ctr(["images", "import", "--snapshotter", "overlayfs", archive]);
    });
    renameSync(partial, preparedRoot(key));
  } finally {
    rmSync(archive, { force: true });
    rmSync(partial, { recursive: true, force: true });
  }
}

/**
 * Copies a containerd root in a moment: blobs and unpacked files are hard links, for containerd
 * never writes to either (lower layers of an overlay are read-only); its databases are real copies.
 * Across file systems, where no link is possible, everything is copied.
 */
export async function cloneRoot(prepared: string, to: string): Promise<void> {
  const from = realpathSync(prepared);
  mkdirSync(dirname(to), { recursive: true });
  const isSameDisk = statSync(from).dev === statSync(dirname(to)).dev;
  mkdirSync(to, { recursive: true });
  await runText("cp", ["-a", ...(isSameDisk ? ["--link"] : []), "--no-target-directory", from, to]);
  for (const file of databases(from)) {
    rmSync(join(to, file));
    copyFileSync(join(from, file), join(to, file));
  }
}

/** The bolt databases in a root: the one thing in it that is written in place. */
function databases(root: string): readonly string[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((plugin) =>
      readdirSync(join(root, plugin.name)).map((name) => join(plugin.name, name)),
    )
    .filter((path) => path.endsWith(".db"));
}

const config = (root: string, run: string): string => `version = 3
root = "${root}"
state = "${run}/state"
disabled_plugins = ["io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime", "io.containerd.grpc.v1.cri", "io.containerd.nri.v1.nri"]
[grpc]
  address = "${run}/containerd.sock"
[ttrpc]
  address = "${run}/containerd.sock.ttrpc"
`;

async function withContainerd(
  assets: Pick<KubeAssets, "containerd" | "ctr">,
  root: string,
  { log, signal }: StepContext,
  body: (ctr: (args: readonly string[]) => Promise<string>) => Promise<void>,
): Promise<void> {
  const run = mkdtempSync(join(tmpdir(), "antrea-images-"));
  const socket = join(run, "containerd.sock");
  writeFileSync(join(run, "config.toml"), config(root, run));
  const daemon = spawn(assets.containerd, ["--config", join(run, "config.toml")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  daemon.stderr.on("data", (chunk: Buffer) => log(chunk.toString().trimEnd()));
  const ended = once(daemon, "exit");
  try {
    const deadline = performance.now() + 30_000;
    while (!existsSync(socket)) {
      signal.throwIfAborted();
      if (daemon.exitCode !== null || performance.now() > deadline)
        throw new Error("containerd did not start");
      await sleep(20);
    }
    await body((args) =>
      runText(assets.ctr, ["--address", socket, "--namespace", "k8s.io", ...args], { log, signal }),
    );
  } finally {
    daemon.kill("SIGTERM");
    await ended;
    rmSync(run, { recursive: true, force: true });
  }
}

/**
 * Removes prepared roots other than `keep` once they are an hour old: another checkout may be about
 * to copy a younger one. A Node that was made from one has links of its own.
 */
export function pruneRoots(keep: readonly string[]): void {
  const folder = dirname(preparedRoot("-"));
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const ageMs = Date.now() - statSync(join(folder, name)).ctimeMs;
    if (!keep.includes(name) && ageMs > 3_600_000)
      rmSync(join(folder, name), { recursive: true, force: true });
  }
}
