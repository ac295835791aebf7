import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { cacheRoot, kubeAssets, runText, type Step, withLock } from "../../assets/index.ts";
import { cloneRoot, preparedRoot } from "../../images/containerd-root.ts";
import { fullKey, makePlan, stableKey } from "../../images/image-plan.ts";
import type { GuestDisk } from "../guest.ts";

/** A disk for the guest, and the step that makes it where it is not in the cache. */
export interface PreparedDisk {
  readonly file: string;
  readonly guest: GuestDisk;
  readonly step: Step;
}

/** Room for labs beside what the disk begins with; the file is sparse. */
const diskSize = "12G";

/**
 * The disk on which labs of the guest lie. It begins with the images and the cluster's programs that the
 * machine has ready, since reading them file by file through the shared file system takes minutes.
 * Undefined where there are none yet.
 */
export function preparedDisk(): PreparedDisk | undefined {
  const assets = kubeAssets();
  const plan = makePlan({ assets });
  // ours are the others and more
  const images = [fullKey(plan), stableKey(plan)]
    .filter((key) => key !== undefined)
    .map(preparedRoot)
    .filter((root) => existsSync(root));
  const [root, ...rest] = images;
  if (root === undefined) return undefined;
  const programs = dirname(assets.kubelet);
  const file = join(disksFolder(), `${basename(root)}.ext4`);
  const parts = { images: root, programs };
  return {
    file,
    guest: { images: [root, ...rest], programs },
    step: {
      title: "A disk with the lab's images for that machine",
      expectedSeconds: 10,
      advice:
        "Look at the free space of the disk that has your cache, and run the same command again.",
      isDone: async () => existsSync(file),
      run: ({ log, signal }) =>
        withLock("kernel-vm", () => makeDisk(file, parts, { log, signal }), {
          onWait: () => log("Waiting for another run"),
          signal,
        }),
    },
  };
}

/** ext4 of a folder in which everything is a hard link; of earlier images no disk stays. */
async function makeDisk(
  file: string,
  parts: Readonly<Record<"images" | "programs", string>>,
  options: Parameters<typeof runText>[2],
): Promise<void> {
  if (existsSync(file)) return;
  const partial = join(disksFolder(), `${process.pid}.partial`);
  mkdirSync(partial, { recursive: true });
  try {
    for (const [name, from] of Object.entries(parts)) await cloneRoot(from, join(partial, name));
    const args = ["-q", "-t", "ext4", "-O", "^has_journal", "-d", partial];
    await runText("mke2fs", [...args, `${partial}.ext4`, diskSize], options);
    for (const name of readdirSync(disksFolder()))
      if (name.endsWith(".ext4") && !name.includes(".partial")) rmSync(join(disksFolder(), name));
    renameSync(`${partial}.ext4`, file);
  } finally {
    rmSync(partial, { recursive: true, force: true });
    rmSync(`${partial}.ext4`, { force: true });
  }
}

function disksFolder(): string {
  return join(cacheRoot(), "kernel-vm", "disks");
}
