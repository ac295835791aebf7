import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { getSystemErrorName } from "node:util";
import type * as Koffi from "koffi";

/**
 * The few system calls that Node has no name for. Reading, writing and closing a descriptor go
 * through node:fs. All calls are synchronous: koffi's asynchronous ones were seen to corrupt the
 * heap when a dozen ran at once (3.3.4), so none is used.
 */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, size: number): number;
  sendto(
    fd: number,
    bytes: Uint8Array,
    length: number,
    flags: number,
    address: Uint8Array,
    size: number,
  ): number;
  recvfrom(
    fd: number,
    bytes: Uint8Array,
    length: number,
    flags: number,
    address: Uint8Array,
    size: Uint8Array,
  ): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, size: number): number;
  setns(fd: number, kind: number): number;
  unshare(kind: number): number;
  ioctl(fd: number, request: number, argument: Uint8Array): number;
  fcntl(fd: number, command: number, argument: number): number;
  pidfd_open(pid: number, flags: number): number;
  pidfd_getfd(pidfd: number, fd: number, flags: number): number;
  fsopen(kind: string, flags: number): number;
  fsconfig(fd: number, command: number, key: string | null, value: null, more: number): number;
  fsmount(fd: number, flags: number, attributes: number): number;
  fspick(folder: number, path: string, flags: number): number;
}

/** Wakes `callback` from Node's own event loop whenever a descriptor can be read. */
export interface Readiness {
  stop(): void;
}

interface Native {
  readonly koffi: typeof Koffi;
  readonly libc: Libc;
}

let native: Native | undefined;

/** Loads libc once, on first use: a program that touches no kernel pays nothing. */
function load(): Native {
  if (native) return native;
  const koffi = loadKoffi();
  const lib = koffi.load("libc.so.6");
  native = {
    libc: {
      socket: lib.func("int socket(int domain, int type, int protocol)"),
      bind: lib.func("int bind(int fd, const void *address, unsigned int size)"),
      sendto: lib.func(
        "long sendto(int fd, const void *bytes, size_t length, int flags, const void *address, unsigned int size)",
      ),
      recvfrom: lib.func(
        "long recvfrom(int fd, void *bytes, size_t length, int flags, void *address, void *size)",
      ),
      setsockopt: lib.func(
        "int setsockopt(int fd, int level, int name, const void *value, unsigned int size)",
      ),
      setns: lib.func("int setns(int fd, int kind)"),
      unshare: lib.func("int unshare(int kind)"),
      ioctl: lib.func("int ioctl(int fd, unsigned long request, void *argument)"),
      fcntl: lib.func("int fcntl(int fd, int command, long argument)"),
      pidfd_open: lib.func("int pidfd_open(int pid, unsigned int flags)"),
      pidfd_getfd: lib.func("int pidfd_getfd(int pidfd, int fd, unsigned int flags)"),
      fsopen: lib.func("int fsopen(const char *kind, unsigned int flags)"),
      fsconfig: lib.func(
        "int fsconfig(int fd, unsigned int command, const char *key, const void *value, int more)",
      ),
      fsmount: lib.func("int fsmount(int fd, unsigned int flags, unsigned int attributes)"),
      fspick: lib.func("int fspick(int folder, const char *path, unsigned int flags)"),
    },
    koffi,
  };
  return native;
}

/** A bundle has `koffi.node` beside it; a checkout has the npm package. */
function loadKoffi(): typeof Koffi {
  const require = createRequire(import.meta.url);
  const beside = new URL("./koffi.node", import.meta.url);
  return (existsSync(beside) ? require("./koffi.node") : require("koffi")) as typeof Koffi;
}

/** A system call that failed, by the name of its errno ("EPERM"). */
export class SystemCallError extends Error {
  override readonly name = "SystemCallError";
  readonly code: string;
  constructor(call: string, errno: number) {
    const code = errnoName(errno);
    super(`${call}: ${code}`);
    this.code = code;
  }
}

export function errnoName(errno: number): string {
  return getSystemErrorName(-errno);
}

/** Makes one system call and gives back its result; throws a SystemCallError if it is negative. */
export function call<N extends keyof Libc>(name: N, ...args: Parameters<Libc[N]>): number {
  const { libc, koffi } = load();
  const result = (libc[name] as (...args: Parameters<Libc[N]>) => number)(...args);
  if (result < 0) throw new SystemCallError(name, koffi.errno());
  return result;
}

/** Where `bytes` lie in memory, for a structure that holds a pointer; keep `bytes` referenced. */
export function addressOf(bytes: Uint8Array): bigint {
  return load().koffi.address(bytes);
}

/**
 * The descriptor joins libuv's own poll set: no thread waits on it and nothing spins. libuv calls
 * koffi outside of Node's bookkeeping, where promises that settle would not be looked at, hence the
 * immediate; and it stops polling after an error (a netlink socket that overflowed), hence the restart.
 */
export function onReadable(fd: number, callback: () => void): Readiness {
  let isStopped = false;
  const events = { readable: true };
  const onPoll = (status: unknown) =>
    setImmediate(() => {
      if (isStopped) return;
      callback();
      if (status !== 0 && !isStopped) handle.start(events, onPoll);
    });
  const handle = load().koffi.node.poll(fd, events, onPoll);
  return {
    stop() {
      isStopped = true;
      handle.close();
    },
  };
}
