import { availableParallelism } from "node:os";
import { duration, oneOf, value, wholeNumber } from "@antrea/command";
import { guestStateFolder } from "../kernel-vm/guest.ts";
import { type MachineKind, machineKinds, machines } from "../kernel-vm/io/machines.ts";
import { runVm } from "../kernel-vm/io/run-vm.ts";
import { define } from "./context.ts";

export const vm = define({
  name: "vm",
  summary: "Run a command under Debian's kernel, in a machine of its own with this one's files",
  description:
    "For what this machine's kernel lacks: openvswitch with its kernel datapath, geneve, wireguard, sctp, netem. " +
    "The command sees this machine's files, and what it writes is gone afterwards. It gets the same folder and environment, no input and no network; its output comes as it is written, its exit code is given back.\n\n" +
    "emulated: QEMU boots the very kernel that Debian installs, in software; programs run 5 to 20 times slower. " +
    "user-mode: Debian's source of that kernel, built once (5 minutes) as a program that is a kernel, on one processor; what computes runs as fast as here, what asks the kernel 10 times slower. Neither shows how fast something is.",
  example: [
    "antrea-lab vm -- uname -r",
    "antrea-lab vm -- modprobe -a openvswitch vport-geneve",
    "antrea-lab vm --machine user-mode -- modprobe -a openvswitch vport-geneve",
    "antrea-lab vm --timeout 30s -- sh -c 'modprobe openvswitch && lsmod'",
  ],
  args: {
    machine: value("What runs the kernel", oneOf(machineKinds), { default: "emulated" as const }),
    cpus: value("How many processors; a user-mode machine has one", wholeNumber(1, 64), {
      default: availableParallelism(),
      defaultText: "as many as there are processors",
    }),
    memory: value("Memory, in MiB", wholeNumber(256), { default: 6144, placeholder: "MIB" }),
    timeout: value("How long it may take, the boot included", duration, { default: 600_000 }),
  },
  rest: { placeholder: "COMMAND ARG…", help: "what to run there", isRequired: true },
  async run({ args: { machine, cpus, memory, timeout }, rest, streams, progress, signal }) {
    const code = await runVm(
      { argv: rest, folder: process.cwd(), env: guestEnvironment(machine) },
      {
        kind: machine,
        cpus,
        memoryMib: memory,
        timeoutMs: timeout,
        onStdout: (said) => streams.stdout.write(said),
        onStderr: (said) => streams.stderr.write(said),
        progress,
        signal,
      },
    );
    return { code };
  },
  exitCode: ({ code }) => code,
  text: () => "",
});

/** The caller's, but for what means another place or pace there. */
function guestEnvironment(kind: MachineKind): Readonly<Record<string, string>> {
  const own = Object.entries(process.env).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  return {
    ANTREA_LAB_PATIENCE: String(machines[kind].patience),
    ...Object.fromEntries(own),
    ANTREA_LAB_STATE: guestStateFolder,
  };
}
