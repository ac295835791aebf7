import { channelDescriptors, type VmFiles, type VmSize } from "./machine.ts";

export interface UmlMachine extends Pick<VmSize, "memoryMib"> {
  /** The processor that it keeps to, from 0. */
  readonly cpu: number;
}

/**
 * The command line of a user-mode Linux: a kernel that is a program, whose processes are ours, traced
 * (Linux: Documentation/virt/uml/user_mode_linux_howto_v2.rst). It knows one processor, and keeps to one of
 * this machine's: what a process of it asks of its kernel changes hands between two programs, which costs 15 µs
 * there and 50 across two. Should we die, it ends by itself.
 */
export function umlArgv(
  { memoryMib, cpu }: UmlMachine,
  { kernel, initrd, disk, folder }: VmFiles,
): [string, ...string[]] {
  const { stdout, stderr, status, console } = channelDescriptors;
  return [
    ...(["setpriv", "--pdeathsig", "TERM", "taskset", "--cpu-list", String(cpu)] as const),
    kernel,
    ...[`mem=${memoryMib}M`, `initrd=${initrd}`, `uml_dir=${folder}`],
    // what is written goes to the first file
    ...(disk === undefined ? [] : [`ubd0=${folder}/written,${disk}`]),
    ...["con=null", `con0=null,fd:${console}`],
    ...[`ssl0=null,fd:${stdout}`, `ssl1=null,fd:${stderr}`, `ssl2=null,fd:${status}`],
    ...["loglevel=4", "panic=-1", "mitigations=off"],
  ];
}
