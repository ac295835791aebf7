import { type Clock, errorText, type Logger } from "@antrea/base";
import { enlargePacketBuffers } from "@antrea/linux/io";
import { interfaceTable, type InterfaceRow, type Replica, type RowChange } from "@antrea/ovsdb";
import type { SupervisedDaemon } from "./daemon.ts";

interface Options {
  readonly vswitchd: SupervisedDaemon;
  /** Holds the interfaces: ovs-vswitchd writes the number of one once it has opened it. */
  readonly replica: Replica;
  readonly sizes: { readonly receiveBytes: number; readonly sendBytes: number };
  readonly clock: Clock;
  readonly log: Logger;
}

/** How often it is looked whether ovs-vswitchd sends yet, in milliseconds: nothing tells of it. */
const lookMs = 1000;

/**
 * Keeps the packet sockets of ovs-vswitchd, by which it reads each port of the user-space datapath and by
 * one of which it sends to all of them, at buffers that outlast pauses, until the signal aborts. Where the
 * machine forbids it ports work with the kernel's own sizes; that is said once.
 */
export async function keepPacketBuffers(options: Options, signal: AbortSignal): Promise<void> {
  const { vswitchd, replica, sizes, clock, log } = options;
  let done: ReadonlyMap<string, number> = new Map();
  let said = "";
  const look = (): void => {
    const { pid } = vswitchd;
    if (pid === undefined) return;
    try {
      done = enlargePacketBuffers({ pid, ...sizes, done: new Set(done.keys()) });
      said = "";
    } catch (error) {
      const text = errorText(error);
      if (text !== said) log.warn("Ports keep small packet buffers", { err: text, ...sizes });
      said = text;
    }
  };
  const stop = replica.onChange((change) => {
    if (change.some(mayHaveOpenedPort)) look();
  });
  try {
    look();
    for (;;) {
      await clock.sleep(lookMs, { signal });
      if (!hasSender(done)) look();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    stop();
  }
}

/** It is opened with the first packet that is sent, whatever the port. */
function hasSender(sockets: ReadonlyMap<string, number>): boolean {
  return [...sockets.values()].includes(0);
}

/** Whether an interface has another number, or ovs-vswitchd has acted on a configuration, as it does when it starts. */
function mayHaveOpenedPort({ table, before, row }: RowChange): boolean {
  if (table !== interfaceTable.name) return true;
  const [was, is] = [before, row] as readonly (InterfaceRow | undefined)[];
  return was?.ofport !== is?.ofport;
}
