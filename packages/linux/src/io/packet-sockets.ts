import { closeSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { parsePacketSockets, socketInode } from "../host/packet-sockets.ts";
import { call } from "./libc.ts";
import { forceReceiveBuffer } from "./netlink-socket.ts";

export interface PacketBuffers {
  /** Process whose sockets they are: a child of ours, or one that we may trace (ptrace(2)). */
  readonly pid: number;
  /** As setsockopt(2) takes it: the kernel counts twice as much, since it counts its own part too. */
  readonly bytes: number;
  /** Inodes of sockets that are left as they are. */
  readonly done: ReadonlySet<string>;
}

/**
 * Gives the packet sockets of a process a receive buffer of this size, and returns the inodes of all
 * that it has now. With the kernel's 208 KiB a reader that is busy for a millisecond loses packets.
 * Throws a SystemCallError (EPERM: the machine forbids it) or that of a process that has ended (ENOENT, ESRCH).
 */
export function enlargePacketBuffers({ pid, bytes, done }: PacketBuffers): ReadonlySet<string> {
  const all = parsePacketSockets(readFileSync(`/proc/${pid}/net/packet`, "utf8"));
  const found = packetDescriptors(pid, all);
  const missing = [...found].filter(([inode]) => !done.has(inode));
  if (missing.length > 0) enlarge(pid, bytes, new Set(missing.map(([, fd]) => fd)));
  return new Set(found.keys());
}

/** Those descriptors of a process that are packet sockets, by inode. */
function packetDescriptors(pid: number, sockets: ReadonlySet<string>): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    const inode = linkOf(pid, fd);
    if (inode !== undefined && sockets.has(inode)) found.set(inode, Number(fd));
  }
  return found;
}

/** Undefined if it is no socket, or was closed since the folder was read. */
function linkOf(pid: number, fd: string): string | undefined {
  try {
    return socketInode(readlinkSync(`/proc/${pid}/fd/${fd}`));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function enlarge(pid: number, bytes: number, descriptors: ReadonlySet<number>): void {
  const process = call("pidfd_open", pid, 0);
  try {
    for (const descriptor of descriptors) {
      const ours = call("pidfd_getfd", process, descriptor, 0);
      try {
        forceReceiveBuffer(ours, bytes);
      } finally {
        closeSync(ours);
      }
    }
  } finally {
    closeSync(process);
  }
}
