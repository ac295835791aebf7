import { mkdirSync, statfsSync } from "node:fs";
import type { IpAddress } from "@antrea/net";
import { parseIp } from "@antrea/net";
import { LabError } from "../errors.ts";
import type { LabOptions } from "../options.ts";
import { type LabPlan, planLab } from "../plan/lab-plan.ts";
import { run } from "./command.ts";

/** Where all labs of this machine keep their state: `ANTREA_LAB_STATE`, or /var/lib/antrea-lab. */
export function stateRoot(): string {
  return process.env["ANTREA_LAB_STATE"] || "/var/lib/antrea-lab";
}

/** OVERLAYFS_SUPER_MAGIC of statfs(2). */
const overlayMagic = 0x794c7630;

/** Where the files lie that hold namespaces; empty after a boot. */
export const runRoot = "/run/antrea-lab";

/** The plan of a new lab on this machine as it is now. */
export async function planHere(options: LabOptions, signal?: AbortSignal): Promise<LabPlan> {
  mkdirSync(stateRoot(), { recursive: true });
  if (statfsSync(stateRoot()).type === overlayMagic)
    throw new LabError({
      saw: `${stateRoot()} lies on an overlay file system`,
      wanted: "a disk or a tmpfs, on which containerd can lay overlays of its own",
      remedy: "mount one there, or name another folder in ANTREA_LAB_STATE",
    });
  const machineAddresses = await addressesOfMachine(signal);
  return planLab(options, { stateRoot: stateRoot(), runRoot, machineAddresses });
}

export function requireRoot(): void {
  if (process.getuid?.() === 0) return;
  throw new LabError({
    saw: "This is not root",
    wanted: "root, to make network namespaces, mounts and cgroups",
    remedy: "run the same command with sudo",
  });
}

async function addressesOfMachine(signal?: AbortSignal): Promise<readonly IpAddress[]> {
  interface Link {
    readonly addr_info: readonly { readonly local: string }[];
  }
  const links = JSON.parse(await run(["ip", "-j", "address"], { signal })) as Link[];
  return links.flatMap((link) => link.addr_info.flatMap((info) => parseIp(info.local) ?? []));
}
