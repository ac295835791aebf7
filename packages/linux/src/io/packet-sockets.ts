import { closeSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { type PacketSocket, parsePacketSockets, socketInode } from "../host/packet-sockets.ts";
import { call } from "./libc.ts";
import { forceReceiveBuffer, forceSendBuffer, type NetlinkSocket } from "./netlink-socket.ts";
import { findLink } from "./observe.ts";

/** What waits in the current namespace for the readers of a device's packet sockets, in bytes; 0 where there is none. */
export function unreadBytes(socket: NetlinkSocket, device: string): number {
  const index = findLink(socket, device)?.index;
  const sockets = parsePacketSockets(readFileSync("/proc/thread-self/net/packet", "utf8"));
  return [...sockets.values()]
    .filter((one) => one.device === index)
    .reduce((sum, one) => sum + one.unreadBytes, 0);
}

export interface PacketBuffers {
  /** Process whose sockets they are: a child of ours, or one that we may trace (ptrace(2)). */
  readonly pid: number;
  /** As setsockopt(2) takes them: the kernel counts twice as much, since it counts its own part too. 0 leaves its size. */
  readonly receiveBytes: number;
  readonly sendBytes: number;
  /** Inodes of sockets that are left as they are. */
  readonly done: ReadonlySet<string>;
}

/**
 * Gives the packet sockets of a process buffers of these sizes. Returns all that it has now: the index of
 * the device by inode, 0 for what only sends. With the kernel's 208 KiB a reader that is busy for a
 * millisecond loses packets; and what is sent to a veth counts until its receiver takes it out of the ring,
 * so that a sender's 208 KiB are 92 frames of 1500 bytes for all ports together, or a dozen of 9000.
 * Throws a SystemCallError (EPERM: the machine forbids it) or that of a process that has ended (ENOENT, ESRCH).
 */
export function enlargePacketBuffers({
  pid,
  done,
  ...sizes
}: PacketBuffers): ReadonlyMap<string, number> {
  const all = parsePacketSockets(readFileSync(`/proc/${pid}/net/packet`, "utf8"));
  const found = packetDescriptors(pid, all);
  const missing = [...found].filter(([inode]) => !done.has(inode));
  if (missing.length > 0) enlarge(pid, sizes, new Set(missing.map(([, fd]) => fd)));
  return new Map(Array.from(found.keys(), (inode) => [inode, all.get(inode)?.device ?? 0]));
}

/** Those descriptors of a process that are packet sockets, by inode. */
function packetDescriptors(
  pid: number,
  sockets: ReadonlyMap<string, PacketSocket>,
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  if (sockets.size === 0) return found; // as with the kernel's datapath
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

type Sizes = Pick<PacketBuffers, "receiveBytes" | "sendBytes">;

function enlarge(pid: number, sizes: Sizes, descriptors: ReadonlySet<number>): void {
  const process = call("pidfd_open", pid, 0);
  try {
    for (const descriptor of descriptors) {
      const ours = call("pidfd_getfd", process, descriptor, 0);
      try {
        if (sizes.receiveBytes > 0) forceReceiveBuffer(ours, sizes.receiveBytes);
        if (sizes.sendBytes > 0) forceSendBuffer(ours, sizes.sendBytes);
      } finally {
        closeSync(ours);
      }
    }
  } finally {
    closeSync(process);
  }
}
