import { guestNames } from "./guest.ts";
import { channelDescriptors, type VmFiles, type VmSize } from "./machine.ts";

export interface QemuMachine extends VmSize {
  /** How fast the processor's time stamp counter runs, where that is known. */
  readonly counterKhz?: number | undefined;
}

/**
 * Left alone, the kernel distrusts the emulated processor's own clock and asks a device, through
 * QEMU, for every look at the time: programs then take nearly twice as long.
 */
const clock = "tsc=reliable clocksource=tsc nowatchdog";

/** A panic ends the machine. */
function kernelArguments(counterKhz: number | undefined): string {
  const known = counterKhz === undefined ? "" : ` tsc_early_khz=${counterKhz}`;
  return `console=ttyS0 loglevel=4 panic=-1 mitigations=off ${clock}${known}`;
}

/**
 * QEMU's command line: processors in software (stock kernels hang on some machines' /dev/kvm), the
 * machine's root file system read-only, no network, and a virtio port for each of the
 * command's output, its complaints, and how it went. Should we die, so does it.
 */
export function qemuArgv(
  { cpus, memoryMib, counterKhz }: QemuMachine,
  files: Omit<VmFiles, "folder">,
): [string, ...string[]] {
  const ports = (["stdout", "stderr", "status"] as const).flatMap((name) => [
    ...["-chardev", `socket,id=${name},fd=${channelDescriptors[name]}`],
    ...["-device", `virtserialport,chardev=${name},name=${guestNames[name]}`],
  ]);
  return [
    ...(["setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64"] as const),
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...["-accel", "tcg,thread=multi,tb-size=1024", "-cpu", "max"],
    ...["-smp", String(cpus), "-m", String(memoryMib)],
    ...["-kernel", files.kernel, "-initrd", files.initrd],
    ...["-append", kernelArguments(counterKhz)],
    ...[
      "-chardev",
      `socket,id=console,fd=${channelDescriptors.console}`,
      "-serial",
      "chardev:console",
    ],
    ...["-device", "virtio-serial-pci", ...ports],
    ...["-fsdev", "local,id=root,path=/,security_model=none,readonly=on,multidevs=remap"],
    ...(files.disk === undefined ? [] : ["-drive", drive(files.disk)]),
    ...["-device", `virtio-9p-pci,fsdev=root,mount_tag=${guestNames.machineRoot}`],
  ];
}

/** Nobody writes to the file, so that others may have it open, a user-mode machine with its lock on it too. */
function drive(file: string): string {
  return `file=${file.replaceAll(",", ",,")},file.locking=off,format=raw,if=virtio,snapshot=on`;
}
