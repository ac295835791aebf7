import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Readable } from "node:stream";
import { type ProgressFactory, runSteps } from "../../assets/index.ts";
import { LabError } from "../../errors.ts";
import { type CpioEntry, encodeCpio } from "../cpio.ts";
import {
  commandScript,
  firstModules,
  firstStage,
  type GuestCommand,
  type GuestDisk,
  secondStage,
} from "../guest.ts";
import { guestText } from "../guest-text.ts";
import { moduleOrder } from "../module-order.ts";
import { counterKhz } from "../processor-clock.ts";
import { qemuArgv, qemuDescriptors, type VmSize } from "../qemu.ts";
import { preparedDisk } from "./guest-disk.ts";
import { findKernel, type Kernel, kernelStep, modulesDepOf } from "./kernel.ts";

export interface VmOptions extends VmSize {
  /** From power-on to the end of the command. */
  readonly timeoutMs: number;
  /** Told what the command writes, as it comes. */
  readonly onStdout: (text: string) => void;
  readonly onStderr: (text: string) => void;
  readonly progress?: ProgressFactory | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Runs a command under Debian's kernel, in an emulated machine with this one's files, and gives its exit code. */
export async function runVm(command: GuestCommand, options: VmOptions): Promise<number> {
  const { progress, signal = new AbortController().signal } = options;
  requirePrograms();
  const disk = preparedDisk();
  await runSteps([kernelStep, ...(disk ? [disk.step] : [])], { progress, signal });
  const kernel = findKernel();
  if (!kernel) throw new Error("the kernel was fetched, and is not in the cache");
  const folder = mkdtempSync(join(tmpdir(), "antrea-vm-"));
  try {
    const initrd = join(folder, "initrd");
    writeFileSync(initrd, encodeCpio(initrdEntries(kernel, command, disk?.guest)), { mode: 0o600 });
    return await boot({ kernel: kernel.image, initrd, disk: disk?.file }, { ...options, signal });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const busybox = "/bin/busybox";
const qemu = "/usr/bin/qemu-system-x86_64";

function requirePrograms(): void {
  if (process.arch !== "x64")
    throw new LabError({
      saw: `This machine's processor is ${process.arch}`,
      wanted: "x64: the emulated machine runs this one's programs",
      remedy: "use a machine with amd64",
    });
  for (const path of [qemu, busybox])
    try {
      accessSync(path, constants.X_OK);
    } catch {
      throw new LabError({
        saw: `${path} is not on this machine`,
        wanted: "QEMU, which emulates a machine, and busybox, which starts it",
        remedy: "make install, or: apt-get install qemu-system-x86 busybox-static",
      });
    }
}

function initrdEntries(
  kernel: Kernel,
  command: GuestCommand,
  disk: GuestDisk | undefined,
): readonly CpioEntry[] {
  const modules = moduleOrder(modulesDepOf(kernel), firstModules);
  const read = (path: string) => readFileSync(join(kernel.modules, kernel.release, path));
  const folder = (path: string): CpioEntry => ({ path, mode: 0o755 });
  const file = (path: string, text: string, mode = 0o600): CpioEntry => ({
    path,
    mode,
    content: Buffer.from(text),
  });
  return [
    ...["bin", "modules", "proc", "sys", "dev", "machine", "written", "root"].map(folder),
    { path: "bin/busybox", mode: 0o755, content: readFileSync(busybox) },
    ...modules.map((path) => ({
      path: `modules/${basename(path)}`,
      mode: 0o644,
      content: read(path),
    })),
    file("modules/order", modules.map((path) => `${basename(path)}\n`).join("")),
    file("init", firstStage, 0o755),
    file("second-stage", secondStage({ modules: kernel.modules, disk })),
    file("command", commandScript(command)),
  ];
}

async function boot(
  files: Parameters<typeof qemuArgv>[1],
  { timeoutMs, onStdout, onStderr, progress, signal, ...size }: VmOptions & { signal: AbortSignal },
): Promise<number> {
  const counterKhzHere = counterKhz(readFileSync("/proc/cpuinfo", "utf8"));
  const [program, ...args] = qemuArgv({ ...size, counterKhz: counterKhzHere }, files);
  const ends = Object.keys(qemuDescriptors).map(() => "pipe" as const);
  const limit = AbortSignal.timeout(timeoutMs);
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe", ...ends] });
  const stop = (): void => void child.kill("SIGKILL");
  const either = AbortSignal.any([signal, limit]);
  either.addEventListener("abort", stop);
  const channel = (name: keyof typeof qemuDescriptors): Readable =>
    (child.stdio as readonly unknown[])[qemuDescriptors[name]] as Readable;
  const texts = [guestText(onStdout), guestText(onStderr)] as const;
  const status = statusOf(channel("status"));
  const stopAtEnd = (): void => {
    if (status.exitCode() !== undefined && texts.every((text) => text.isAtEnd())) stop();
  };
  for (const [i, name] of (["stdout", "stderr"] as const).entries())
    channel(name)
      .setEncoding("utf8")
      .on("data", (text: string) => texts[i]?.take(text));
  for (const name of ["stdout", "stderr", "status"] as const) channel(name).on("data", stopAtEnd);
  const seen = tailOf([channel("console"), child.stderr]);
  const closed = once(child, "close").then(() => {
    const exitCode = status.exitCode();
    if (exitCode !== undefined) return exitCode;
    signal.throwIfAborted();
    throw noResult(limit.aborted ? timeoutMs : undefined, seen());
  });
  try {
    const booted = Promise.race([status.ready, closed]);
    const shown = progress?.({ total: 1, expectedSeconds: [8] });
    await (shown ? shown.step("Boot Debian's kernel", () => booted) : booted);
    return await closed;
  } finally {
    either.removeEventListener("abort", stop);
    stop();
  }
}

/** `limitMs` is set if that was the reason; `seen` are the console's last lines. */
function noResult(limitMs: number | undefined, seen: readonly string[]): LabError {
  const isLate = limitMs !== undefined;
  return new LabError({
    saw: `${isLate ? `No result within ${limitMs / 1000} s` : "The emulated machine went off without a result"}${quote(seen)}`,
    wanted: "the command to end in the emulated machine, and its exit code",
    remedy: isLate
      ? "programs are 5 to 20 times slower there: give more --timeout, --memory or --cpus, or a smaller command"
      : "read the lines of its console above; a kernel without memory wants more --memory",
  });
}

/** The last lines that came on any of the streams. */
function tailOf(streams: readonly (Readable | null)[]): () => readonly string[] {
  let text = "";
  for (const stream of streams)
    stream?.on("data", (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-4000);
    });
  return () => text.split(/\r*\n/).filter(Boolean).slice(-15);
}

function quote(lines: readonly string[]): string {
  return lines.map((line) => `\n  | ${line}`).join("");
}

/** What comes on the status port: "ready" once the command is about to start, "exit N" when it has ended. */
function statusOf(stream: Readable) {
  let text = "";
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  stream.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    if (text.includes("ready\n")) resolve();
  });
  return {
    ready,
    exitCode(): number | undefined {
      const [, code] = /^exit (\d+)$/m.exec(text) ?? [];
      return code === undefined ? undefined : Number(code);
    },
  };
}
