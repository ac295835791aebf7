/**
 * What /proc/PID/net/packet names, all packet sockets of that process' network namespace: the index of the
 * device that each is bound to, by inode; 0 where it is bound to none, as one that only sends.
 */
export function parsePacketSockets(table: string): ReadonlyMap<string, number> {
  const rows = table.trimEnd().split("\n").slice(1);
  return new Map(
    rows.flatMap((row) => {
      const fields = row.trim().split(/\s+/);
      const inode = fields.at(-1);
      return inode === undefined ? [] : [[inode, Number(fields[deviceColumn])] as const];
    }),
  );
}

const deviceColumn = 4;

/** The inode of a socket, from what the link of a descriptor in /proc/PID/fd says; undefined for others. */
export function socketInode(link: string): string | undefined {
  return /^socket:\[(\d+)\]$/.exec(link)?.[1];
}
