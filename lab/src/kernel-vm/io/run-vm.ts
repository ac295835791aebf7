import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Readable } from "node:stream";
import { type ProgressFactory, runSteps } from "../../assets/index.ts";
import { LabError } from "../../errors.ts";
import { type CpioEntry, encodeCpio } from "../cpio.ts";
import {
  commandScript,
  firstStage,
  type GuestCommand,
  type GuestDisk,
  type GuestMachine,
  secondStage,
} from "../guest.ts";
import { guestText } from "../guest-text.ts";
import { moduleOrder } from "../module-order.ts";
import { channelDescriptors, type VmSize } from "../machine.ts";
import { preparedDisk } from "./guest-disk.ts";
import { findKernel, type Kernel, kernelStep, modulesDepOf } from "./kernel-cache.ts";
import { type MachineKind, machines, requireMachine } from "./machines.ts";
import { endGroup, openVmFolder } from "./vm-folder.ts";

export interface VmOptions extends VmSize {
  readonly kind: MachineKind;
  /** From power-on to the end of the command. */
  readonly timeoutMs: number;
  /** Told what the command writes, as it comes. */
  readonly onStdout: (text: string) => void;
  readonly onStderr: (text: string) => void;
  readonly progress?: ProgressFactory | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Runs a command under a kernel of Debian's, in a machine with this one's files, and gives its exit code. */
export async function runVm(command: GuestCommand, options: VmOptions): Promise<number> {
  const { kind, progress, signal = new AbortController().signal } = options;
  const machine = machines[kind];
  requireMachine(machine);
  const disk = preparedDisk();
  await runSteps([kernelStep(machine.kernel), ...(disk ? [disk.step] : [])], { progress, signal });
  const kernel = findKernel(machine.kernel);
  if (!kernel) throw new Error("the kernel was made ready, and is not in the cache");
  using folder = openVmFolder();
  const initrd = join(folder.path, "initrd");
  const entries = initrdEntries(kernel, command, { machine: machine.guest, disk: disk?.guest });
  writeFileSync(initrd, encodeCpio(entries), { mode: 0o600 });
  const files = { kernel: kernel.image, initrd, disk: disk?.file, folder: folder.path };
  const argv = await machine.argv(options, files);
  signal.throwIfAborted();
  return await boot(argv, { ...options, signal, onStart: folder.runs });
}

const busybox = "/bin/busybox";

function initrdEntries(
  kernel: Kernel,
  command: GuestCommand,
  { machine, disk }: { readonly machine: GuestMachine; readonly disk: GuestDisk | undefined },
): readonly CpioEntry[] {
  const modules = moduleOrder(modulesDepOf(kernel), machine.firstModules);
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
    file("init", firstStage(machine), 0o755),
    file("second-stage", secondStage({ machine, modules: kernel.modules, disk })),
    file("cpuinfo", firstProcessor(readFileSync("/proc/cpuinfo", "utf8"))),
    file("command", commandScript(command)),
  ];
}

/** What /proc/cpuinfo says of the first one. */
function firstProcessor(cpuinfo: string): string {
  return `${cpuinfo.split("\n\n")[0] ?? ""}\n`;
}

interface BootOptions extends VmOptions {
  readonly signal: AbortSignal;
  /** Told the process that leads the machine's group. */
  readonly onStart: (pid: number) => void;
}

async function boot(
  [program, ...args]: readonly [string, ...string[]],
  { timeoutMs, onStdout, onStderr, progress, signal, onStart }: BootOptions,
): Promise<number> {
  const ends = Object.keys(channelDescriptors).map(() => "pipe" as const);
  const limit = AbortSignal.timeout(timeoutMs);
  // a group of its own: what runs in a user-mode Linux are processes of this machine
  const child = spawn(program, args, {
    stdio: ["ignore", "ignore", "pipe", ...ends],
    detached: true,
  });
  if (child.pid !== undefined) onStart(child.pid);
  const stop = (): void => endGroup(child.pid);
  const either = AbortSignal.any([signal, limit]);
  either.addEventListener("abort", stop);
  const channel = (name: keyof typeof channelDescriptors): Readable =>
    (child.stdio as readonly unknown[])[channelDescriptors[name]] as Readable;
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
    saw: `${isLate ? `No result within ${limitMs / 1000} s` : "The machine went off without a result"}${quote(seen)}`,
    wanted: "the command to end there, and its exit code",
    remedy: isLate
      ? "programs are several times slower there: give more --timeout, --memory or --cpus, or a smaller command"
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
