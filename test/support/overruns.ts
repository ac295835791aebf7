import { type Lab, patience } from "@antrea/lab";
import { setTimeout as sleep } from "node:timers/promises";

export interface Overruns {
  /** Ends the count: how many frames it was, on all Nodes. */
  stop(): Promise<number>;
}

/** Sockets that are closed meanwhile count as they were seen last, so they are looked at so often, in milliseconds. */
const lookMs = 1_000;

/**
 * Counts the frames that the kernel threw away in front of the Nodes' switches, whose packet sockets were full:
 * ovs-vswitchd had no processor to read them. That is the machine's doing, and of none of our changes.
 */
export async function countOverruns(lab: Lab): Promise<Overruns> {
  const end = new AbortController();
  const before = await droppedOn(lab);
  const last = new Map(before);
  const look = async (): Promise<void> => {
    for (const [socket, count] of await droppedOn(lab)) last.set(socket, count);
  };
  const looking = (async () => {
    while (!end.signal.aborted) {
      await sleep(lookMs * patience(), undefined, { signal: end.signal }).catch(() => {});
      await look();
    }
  })();
  looking.catch(() => {}); // told by stop()
  return {
    async stop() {
      end.abort();
      await looking;
      return [...last].reduce((sum, [socket, count]) => sum + count - (before.get(socket) ?? 0), 0);
    },
  };
}

/** What each packet socket of a Node has dropped, by Node and inode. */
async function droppedOn({ node, plan }: Lab): Promise<ReadonlyMap<string, number>> {
  const all = await Promise.all(
    plan.nodes.map(async ({ name }) => {
      const shown = await node(name).exec(["ss", "-0", "-n", "-m", "-e"]);
      return droppedBySocket(shown).map(([inode, count]) => [`${name} ${inode}`, count] as const);
    }),
  );
  return new Map(all.flat());
}

/** Of what ss(8) prints of packet sockets: the field `d` of `skmem`. */
export function droppedBySocket(shown: string): readonly (readonly [string, number])[] {
  const sockets = shown.matchAll(
    /\bino:(?<inode>\d+)[^\n]*\n[^\n]*skmem:\([^)]*\bd(?<count>\d+)\)/g,
  );
  return [...sockets].map(({ groups = {} }) => [groups["inode"] ?? "", Number(groups["count"])]);
}
