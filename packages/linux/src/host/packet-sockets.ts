/** A packet socket, as packet(7) has it. */
export interface PacketSocket {
  /** Index of the device that it is bound to; 0 where it is bound to none, as one that only sends. */
  readonly device: number;
  /** What waits for its reader, with the kernel's own part of each frame: bytes. */
  readonly unreadBytes: number;
}

/** What /proc/PID/net/packet names: all packet sockets of that process' network namespace, by inode. */
export function parsePacketSockets(table: string): ReadonlyMap<string, PacketSocket> {
  const rows = table.trimEnd().split("\n").slice(1);
  return new Map(
    rows.flatMap((row) => {
      const fields = row.trim().split(/\s+/);
      const inode = fields.at(-1);
      if (inode === undefined) return [];
      const [device, unreadBytes] = [deviceColumn, unreadColumn].map((at) => Number(fields[at]));
      return [[inode, { device: device ?? 0, unreadBytes: unreadBytes ?? 0 }] as const];
    }),
  );
}

const deviceColumn = 4;
const unreadColumn = 6; // "Rmem"

/** The inode of a socket, from what the link of a descriptor in /proc/PID/fd says; undefined for others. */
export function socketInode(link: string): string | undefined {
  return /^socket:\[(\d+)\]$/.exec(link)?.[1];
}
