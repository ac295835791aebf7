import { errorText, type Logger, untilAborted } from "@antrea/base";
import { enlargePacketBuffers } from "@antrea/linux/io";
import { interfaceTable, type InterfaceRow, type Replica, type RowChange } from "@antrea/ovsdb";
import type { SupervisedDaemon } from "./daemon.ts";

interface Options {
  readonly vswitchd: SupervisedDaemon;
  /** Holds the interfaces: ovs-vswitchd writes the number of one once it has opened it. */
  readonly replica: Replica;
  readonly bytes: number;
  readonly log: Logger;
}

/**
 * Keeps the packet sockets by which ovs-vswitchd reads ports of the user-space datapath at a receive
 * buffer that outlasts its pauses, until the signal aborts. Where the machine forbids it ports work
 * with the kernel's own size; that is said once.
 */
export async function keepReceiveBuffers(options: Options, signal: AbortSignal): Promise<void> {
  const { vswitchd, replica, bytes, log } = options;
  let done: ReadonlySet<string> = new Set();
  let said = "";
  const look = (): void => {
    const { pid } = vswitchd;
    if (pid === undefined) return;
    try {
      done = enlargePacketBuffers({ pid, bytes, done });
      said = "";
    } catch (error) {
      const text = errorText(error);
      if (text !== said)
        log.warn("Ports keep small receive buffers", { err: text, wantedBytes: bytes });
      said = text;
    }
  };
  const stop = replica.onChange((change) => {
    if (change.some(mayHaveOpenedPort)) look();
  });
  try {
    look();
    await untilAborted(signal);
  } finally {
    stop();
  }
}

/** Whether an interface has another number, or ovs-vswitchd has acted on a configuration, as it does when it starts. */
function mayHaveOpenedPort({ table, before, row }: RowChange): boolean {
  if (table !== interfaceTable.name) return true;
  const [was, is] = [before, row] as readonly (InterfaceRow | undefined)[];
  return was?.ofport !== is?.ofport;
}
