/** The inodes that /proc/PID/net/packet names: all packet sockets of that process' network namespace. */
export function parsePacketSockets(table: string): ReadonlySet<string> {
  const rows = table.trimEnd().split("\n").slice(1);
  return new Set(rows.flatMap((row) => /\s(\d+)$/.exec(row.trimEnd())?.[1] ?? []));
}

/** The inode of a socket, from what the link of a descriptor in /proc/PID/fd says; undefined for others. */
export function socketInode(link: string): string | undefined {
  return /^socket:\[(\d+)\]$/.exec(link)?.[1];
}
