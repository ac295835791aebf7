import { accessSync, constants, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LabError } from "../../errors.ts";
import { emulatedGuest, type GuestMachine, userModeGuest } from "../guest.ts";
import type { VmFiles, VmSize } from "../machine.ts";
import { counterKhz } from "../processor-clock.ts";
import { qemuArgv } from "../qemu.ts";
import { umlArgv } from "../uml.ts";
import type { KernelKind } from "./kernel-cache.ts";
import { stockKernel } from "./stock-kernel.ts";
import { umlKernel } from "./uml-kernel.ts";

export const machineKinds = ["emulated", "user-mode"] as const;
export type MachineKind = (typeof machineKinds)[number];

/** What runs a kernel of Debian's on this machine. */
export interface Machine {
  readonly guest: GuestMachine;
  readonly kernel: KernelKind;
  /** Programs that it takes, and what each is for. */
  readonly programs: Readonly<Record<string, string>>;
  /** The Debian packages of these. */
  readonly packages: readonly string[];
  readonly argv: (size: VmSize, files: VmFiles) => Promise<[string, ...string[]]>;
  /** How many times slower than this machine it is taken for (ANTREA_LAB_PATIENCE). */
  readonly patience: number;
}

export const machines: Readonly<Record<MachineKind, Machine>> = {
  emulated: {
    guest: emulatedGuest,
    kernel: stockKernel,
    programs: { "qemu-system-x86_64": "emulates a machine", busybox: "starts it" },
    packages: ["qemu-system-x86", "busybox-static"],
    async argv(size, files) {
      const known = counterKhz(readFileSync("/proc/cpuinfo", "utf8"));
      return qemuArgv({ ...size, counterKhz: known }, files);
    },
    patience: 10,
  },
  "user-mode": {
    guest: userModeGuest,
    kernel: umlKernel,
    programs: {
      ...{ busybox: "starts it", taskset: "keeps it to one processor" },
      ...{ flex: "builds it", bison: "builds it", bc: "builds it", gcc: "builds it" },
    },
    packages: ["busybox-static", "util-linux", "flex", "bison", "bc", "gcc", "make"],
    // two that run at once should not share one
    argv: async ({ memoryMib }, files) => umlArgv({ memoryMib, cpu: await idlest() }, files),
    patience: 6,
  },
};

/** The processor that did least in a moment. */
async function idlest(): Promise<number> {
  const before = cpus();
  await sleep(500);
  const idle = cpus().map(({ times }, at) => times.idle - (before[at]?.times.idle ?? 0));
  return idle.indexOf(Math.max(...idle));
}

/** Throws a sentence where this machine cannot be the one that the kind takes. */
export function requireMachine({ programs, packages }: Machine): void {
  if (process.arch !== "x64")
    throw new LabError({
      saw: `This machine's processor is ${process.arch}`,
      wanted: "x64: the guest runs this machine's programs",
      remedy: "use a machine with amd64",
    });
  const missing = Object.entries(programs).find(([program]) => !isHere(program));
  if (missing)
    throw new LabError({
      saw: `${missing[0]} is not on this machine`,
      wanted: `the program that ${missing[1]}`,
      remedy: `make install, or: apt-get install ${packages.join(" ")}`,
    });
}

function isHere(program: string): boolean {
  return [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/bin", "/bin"].some(
    (folder) => {
      try {
        accessSync(join(folder, program), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    },
  );
}
