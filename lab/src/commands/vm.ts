import { availableParallelism } from "node:os";
import { duration, value, wholeNumber } from "@antrea/command";
import { guestStateFolder } from "../kernel-vm/guest.ts";
import { runVm } from "../kernel-vm/io/run-vm.ts";
import { define } from "./context.ts";

export const vm = define({
  name: "vm",
  summary: "Run a command under Debian's own kernel, in an emulated machine with this one's files",
  description:
    "For what this machine's kernel lacks: openvswitch with its kernel datapath, geneve, wireguard, sctp, netem. " +
    "QEMU boots Debian's kernel in software; it sees this machine's files, and what the command writes is gone afterwards. " +
    "The command gets the same folder and environment, no input and no network; its output comes as it is written, its exit code is given back. " +
    "Programs run 5 to 20 times slower: it shows what works, not how fast.",
  example: [
    "antrea-lab vm -- uname -r",
    "antrea-lab vm -- modprobe -a openvswitch vport-geneve",
    "antrea-lab vm --timeout 30s -- sh -c 'modprobe openvswitch && lsmod'",
  ],
  args: {
    cpus: value("How many processors", wholeNumber(1, 64), { default: availableParallelism() }),
    memory: value("Memory, in MiB", wholeNumber(256), { default: 6144, placeholder: "MIB" }),
    timeout: value("How long it may take, the boot included", duration, { default: 600_000 }),
  },
  rest: { placeholder: "COMMAND ARG…", help: "what to run there", isRequired: true },
  async run({ args: { cpus, memory, timeout }, rest, streams, progress, signal }) {
    const code = await runVm(
      { argv: rest, folder: process.cwd(), env: guestEnvironment() },
      {
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
function guestEnvironment(): Readonly<Record<string, string>> {
  const own = Object.entries(process.env).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  return {
    ANTREA_LAB_PATIENCE: "10",
    ...Object.fromEntries(own),
    ANTREA_LAB_STATE: guestStateFolder,
  };
}
